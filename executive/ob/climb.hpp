// SPDX-License-Identifier: GPL-3.0-only
//
// The path of something in a tree of names, made in slices of the call that asks for it: how deep a tree is,
// is its users' to say. The way up is gone twice, for the length of the path and to write it; between the
// slices the call keeps how far it has come, and its caller pays for that.
//
// Way is of static functions:
//   const Node* above(const Node&)              the one it lies in, null for what lies in none
//   std::u16string_view name(const Node&)
//   bool is_top(const Node&)                    what lies in none has a path: the top's is Way::kTop
#pragma once

#include <algorithm>

#include "base/path.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/charge.hpp"

namespace ob {

template <typename Node, typename Way>
class Climb final : public ke::Kept {
public:
    explicit Climb(const Node& node) : node_(node), at_(node) {}
    bool is_of(const Node& node) const { return node_.get() == &node; }
    // True: path() is there, empty when nothing leads to the top. STATUS_NAME_TOO_LONG.
    Result<bool> go_on(const ke::Slice& slice) {
        if (!measured_ && !TRY(measure(slice))) return false;
        return write(slice);
    }
    String& path() { return path_; }
    Result<void> hold(ke::Client& client) {
        charge_ = Charge();
        charge_ = TRY(Charge::take(client, sizeof(Climb) + 2 * path_.length()));
        return {};
    }

private:
    // Both false: the slice is over.
    Result<bool> measure(const ke::Slice& slice) {
        const Node* at = at_.get();
        for (; Way::above(*at); at = Way::above(*at)) {
            if (slice.over()) return at_ = Ref<const Node>(*at), false;
            length_ += 1 + Way::name(*at).size();
            if (length_ > kMaximumPath - Way::kTop.size()) return fail(STATUS_NAME_TOO_LONG);
        }
        bool leads_there = Way::is_top(*at);
        if (!leads_there) length_ = 0;
        if (leads_there) {
            path_ = TRY(String::create_room(Way::kTop.size() + length_));
            std::ranges::copy(Way::kTop, path_.units().begin());
        }
        at_ = node_;
        return measured_ = true;
    }
    bool begin_anew() {
        at_ = node_;
        length_ = 0;
        return measured_ = false;
    }
    bool write(const ke::Slice& slice) {
        const Node* at = at_.get();
        for (; length_ > 0; at = Way::above(*at)) {
            if (slice.over()) return at_ = Ref<const Node>(*at), false;
            // It has been taken out or renamed meanwhile, or one above has.
            std::u16string_view name = Way::name(*at);
            if (!Way::above(*at) || name.size() >= length_) return begin_anew();
            length_ -= 1 + name.size();
            std::span<char16_t> place = path_.units().subspan(Way::kTop.size() + length_, 1 + name.size());
            place[0] = u'\\';
            std::ranges::copy(name, place.begin() + 1);
        }
        return true;
    }

    Ref<const Node> node_;
    Ref<const Node> at_;
    size_t length_ = 0;  // of the path below the top, measured so far or still to be written, in UTF-16 units
    bool measured_ = false;
    String path_;
    Charge charge_;
};

// STATUS_NAME_TOO_LONG, STATUS_QUOTA_EXCEEDED.
template <typename Node, typename Way>
Result<String> path_in_slices(ke::Call& call, const Node& node) {
    using Way_up = Climb<Node, Way>;
    Own<Way_up> climb = call.take_kept<Way_up>();
    if (!climb || !climb->is_of(node)) climb = TRY(make_own<Way_up>(node));
    // The name is copied about by who asked for it.
    ke::Slice slice(ke::slice_ticks / 2);
    if (TRY(climb->go_on(slice))) return std::move(climb->path());
    TRY(climb->hold(call.client()));
    call.keep(std::move(climb));
    return fail(call.again(call.progress()));
}

}  // namespace ob
