#include "lib.h"
const struct test port_tests[] = {{0,0}};
