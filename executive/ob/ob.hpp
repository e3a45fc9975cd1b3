// SPDX-License-Identifier: GPL-3.0-only
//
// The object component: objects and types, handle tables, the namespace, answers of query services.
#pragma once

#include "executive/ob/answer.hpp"
#include "executive/ob/charge.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/ob/object.hpp"
