// SPDX-License-Identifier: GPL-3.0-only
//
// How deep an object lies is its creators' to say, thousands of directories down: its path is made in slices.
#include <algorithm>

#include "executive/ke/slice.hpp"
#include "executive/ob/charge.hpp"
#include "executive/ob/namespace.hpp"

namespace ob {

namespace {

constexpr size_t kMaximumPath = 32767;

// The way up from an object, twice: for the length of its path, then for the path. The caller pays for it as
// long as it is kept.
class Climb final : public ke::Kept {
public:
    explicit Climb(Object& object) : object_(object), at_(object) {}
    bool is_of(const Object& object) const { return object_.get() == &object; }
    // True: path() is there. STATUS_NAME_TOO_LONG.
    Result<bool> go_on(const ke::Slice& slice);
    String& path() { return path_; }
    Result<void> hold(ke::Client& client) {
        charge_ = Charge();
        charge_ = TRY(Charge::take(client, sizeof(Climb) + 2 * path_.length()));
        return {};
    }

private:
    Result<bool> measure(const ke::Slice& slice);
    bool write(const ke::Slice& slice);

    Ref<Object> object_;
    Ref<Object> at_;
    size_t length_ = 0;  // of the path, measured so far or still to be written, in UTF-16 units
    bool measured_ = false;
    String path_;
    Charge charge_;
};

// False: the slice is over.
Result<bool> Climb::measure(const ke::Slice& slice) {
    Object* at = at_.get();
    for (; at->directory(); at = at->directory()) {
        if (slice.over()) return at_ = Ref<Object>(at), false;
        length_ += 1 + at->name().size();
        if (length_ > kMaximumPath) return fail(STATUS_NAME_TOO_LONG);
    }
    // An object below a directory that has left the namespace has no path.
    if (at != &root()) length_ = 0;
    if (length_ > 0) path_ = TRY(String::create_room(length_));
    at_ = object_;
    return measured_ = true;
}

bool Climb::write(const ke::Slice& slice) {
    Object* at = at_.get();
    for (; length_ > 0; at = at->directory()) {
        if (slice.over()) return at_ = Ref<Object>(at), false;
        // It has left the namespace meanwhile, or one above has.
        if (!at->directory()) return path_ = String(), true;
        std::u16string_view name = at->name();
        length_ -= 1 + name.size();
        std::span<char16_t> place = path_.units().subspan(length_, 1 + name.size());
        place[0] = u'\\';
        std::ranges::copy(name, place.begin() + 1);
    }
    return true;
}

Result<bool> Climb::go_on(const ke::Slice& slice) {
    if (!measured_ && !TRY(measure(slice))) return false;
    return write(slice);
}

}  // namespace

Result<String> full_name(ke::Call& call, Object& object) {
    // What parses says itself what it is called, and where that is not deep; as does what has no place.
    if (object.type().parses || !object.directory()) return object.full_name();
    Own<Climb> climb = call.take_kept<Climb>();
    if (!climb || !climb->is_of(object)) climb = TRY(make_own<Climb>(object));
    // The name is copied about by who asked for it.
    ke::Slice slice(ke::slice_ticks / 2);
    if (TRY(climb->go_on(slice))) return std::move(climb->path());
    TRY(climb->hold(call.client()));
    call.keep(std::move(climb));
    return fail(call.again(call.progress()));
}

}  // namespace ob
