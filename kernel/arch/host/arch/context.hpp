// SPDX-License-Identifier: GPL-3.0-only
// Host tests: threads have the registers of the real machine.
#pragma once
#include "kernel/arch/x86_64/arch/context.hpp"
