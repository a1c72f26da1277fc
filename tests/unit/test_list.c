/* base/list.h */
#include "base/list.h"
#include "test.h"

struct item {
    int value;
    struct list_node node;
};

static struct item *item_of(struct list_node *node)
{
    return LIST_ELEMENT(node, struct item, node);
}

static void fill(struct list *list, struct item *items, int count)
{
    list_init(list);
    for (int i = 0; i < count; i++) {
        items[i].value = i;
        list_push_back(list, &items[i].node);
    }
}

static void keeps_order(void **state)
{
    struct list list;
    struct item items[3], front = {.value = 9};

    (void)state;
    fill(&list, items, 3);
    list_push_front(&list, &front.node);
    assert_int_equal(item_of(list_first(&list))->value, 9);
    assert_int_equal(item_of(list_last(&list))->value, 2);
    assert_ptr_equal(list_pop_front(&list), &front.node);
    assert_false(list_linked(&front.node));
    for (int i = 0; i < 3; i++)
        assert_int_equal(item_of(list_pop_front(&list))->value, i);
    assert_null(list_pop_front(&list));
    assert_null(list_first(&list));
    assert_null(list_last(&list));
    assert_true(list_empty(&list));
}

static void current_node_may_be_removed_while_walking(void **state)
{
    struct list list;
    struct item items[5];
    int seen = 0, left = 0;

    (void)state;
    fill(&list, items, 5);
    LIST_EACH(&list, node)
    {
        seen++;
        if (item_of(node)->value % 2 == 0)
            list_remove(node);
    }
    LIST_EACH(&list, node)
    {
        assert_int_equal(item_of(node)->value % 2, 1);
        left++;
    }
    assert_int_equal(seen, 5);
    assert_int_equal(left, 2);
}

static void removing_twice_is_harmless(void **state)
{
    struct list list;
    struct item items[2];

    (void)state;
    fill(&list, items, 2);
    list_remove(&items[0].node);
    list_remove(&items[0].node);
    assert_ptr_equal(list_first(&list), &items[1].node);
    assert_ptr_equal(list_last(&list), &items[1].node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order),
        cmocka_unit_test(current_node_may_be_removed_while_walking),
        cmocka_unit_test(removing_twice_is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
