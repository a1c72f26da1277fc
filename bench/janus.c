/* parley load against Janus: the same crowd, report and options (docs/load.md), but for --simulcast
 * and --publishers-watch, which there is not: who watches is a viewer of its own here, as with
 * Janus's own page. Usage: bench_janus --url http://127.0.0.1:PORT [options of parley load] */
#include "cli/load.h"

int main(int argc, char **argv)
{
    return load_main(argc, argv);
}
