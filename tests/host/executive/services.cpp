// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/dispatch.hpp"

// No service is called by number here.
const ke::Service ke::services[ke::service_count] = {};
