#include "lib.h"
const struct test irq_tests[] = {{0,0}};
