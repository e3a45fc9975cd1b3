// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/key_name.hpp"

#include "executive/ob/climb.hpp"

namespace cm {

namespace {

// A deleted key lies in none, and neither does the top.
struct Way {
    static constexpr std::u16string_view kTop = u"\\Registry";
    static const Key* above(const Key& key) { return key.parent(); }
    static std::u16string_view name(const Key& key) { return key.name(); }
    static bool is_top(const Key& key) { return !key.is_deleted(); }
};

}  // namespace

Result<String> full_name(ke::Call& call, const Key& key) {
    return ob::path_in_slices<Key, Way>(call, key);
}

}  // namespace cm
