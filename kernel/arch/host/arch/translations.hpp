// SPDX-License-Identifier: GPL-3.0-only
// Host tests: the decisions are those of the real machine; the CPU that carries them out is a model.
#pragma once
#include "kernel/arch/x86_64/arch/translations.hpp"
