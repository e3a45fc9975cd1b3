// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/climb.hpp"
#include "executive/ob/namespace.hpp"

namespace ob {

namespace {

struct Way {
    static constexpr std::u16string_view kTop{};
    static const Object* above(const Object& object) { return object.directory(); }
    static std::u16string_view name(const Object& object) { return object.name(); }
    static bool is_top(const Object& object) { return &object == &root(); }
};

}  // namespace

Result<String> full_name(ke::Call& call, Object& object) {
    // What parses says itself what it is called, and where that is not deep; as does what has no place.
    if (object.type().parses || !object.directory()) return object.full_name();
    return path_in_slices<Object, Way>(call, object);
}

}  // namespace ob
