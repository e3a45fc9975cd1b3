// SPDX-License-Identifier: GPL-3.0-only
//
// The first serial port: mirror of logs and console, for tests and people who debug. Never blocks for long:
// what a port that does not drain cannot take is lost; once it drains again, the line says how much.
#pragma once

#include <string_view>

#include "executive/prelude.hpp"

namespace hal {

void serial_initialize();
void serial_write(std::string_view text);
// Was the last character written no line end?
bool serial_in_line();

}  // namespace hal
