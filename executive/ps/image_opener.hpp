// SPDX-License-Identifier: GPL-3.0-only
//
// The opener that io set, null before.
#pragma once

#include "executive/ps/process.hpp"

namespace ps {

ImageOpener* image_opener();

}  // namespace ps
