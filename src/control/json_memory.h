/* Memory for jansson, which cannot bear to get none: its reader then looks for the end of a string
 * behind the memory that it has (2.14), its writer leaves out what does not fit, and libjwt (1.10)
 * takes the length of a text that was not made. */
#ifndef PARLEY_CONTROL_JSON_MEMORY_H
#define PARLEY_CONTROL_JSON_MEMORY_H

/* Before anything else uses jansson. From then on it gets what it asks for, if need be from a
 * reserve that is filled again when that is possible; if that is used up, too, the process ends,
 * and the next one takes everybody back. */
void json_memory_install(void);

#endif
