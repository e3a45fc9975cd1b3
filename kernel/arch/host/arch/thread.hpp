// SPDX-License-Identifier: GPL-3.0-only
// Host tests: threads are laid out as on the real machine.
#pragma once
#include "kernel/arch/x86_64/arch/thread.hpp"
