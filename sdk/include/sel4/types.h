// SPDX-License-Identifier: GPL-3.0-only
#pragma once
#include "sel4/sel4.h"
