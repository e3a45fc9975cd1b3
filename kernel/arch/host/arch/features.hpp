// SPDX-License-Identifier: GPL-3.0-only
// Host tests: a CPU with the usual features.
#pragma once
#include "kernel/arch/x86_64/arch/features.hpp"
