#include "lib.h"
const struct test domain_tests[] = {{0,0}};
