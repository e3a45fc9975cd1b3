// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/namespace.hpp"

#include <optional>

#include "abi/nt/ntobapi.h"
#include "abi/nt/ntseapi.h"
#include "executive/hal/log.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ob/charge.hpp"

namespace ob {

const Type Directory::kType{
    u"Directory",
    {STANDARD_RIGHTS_READ | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
     STANDARD_RIGHTS_WRITE | DIRECTORY_CREATE_OBJECT | DIRECTORY_CREATE_SUBDIRECTORY,
     STANDARD_RIGHTS_EXECUTE | DIRECTORY_QUERY | DIRECTORY_TRAVERSE, DIRECTORY_ALL_ACCESS},
    DIRECTORY_ALL_ACCESS,
    false,
    Secured::Always};

const Type SymbolicLink::kType{u"SymbolicLink",
                               {STANDARD_RIGHTS_READ | SYMBOLIC_LINK_QUERY, STANDARD_RIGHTS_WRITE,
                                STANDARD_RIGHTS_EXECUTE | SYMBOLIC_LINK_QUERY, SYMBOLIC_LINK_ALL_ACCESS},
                               SYMBOLIC_LINK_ALL_ACCESS};

namespace {

constexpr unsigned kMaximumLinks = 32;
constexpr size_t kMaximumPath = UNICODE_STRING_MAX_CHARS;

constinit Directory* g_root = nullptr;
// The directory that find_at_once() found in the root last, which most names go through; null when it left.
constinit Directory* g_recent = nullptr;

// The walk of one path; a symbolic link puts it on a new path of its own.
class Walk {
public:
    Walk(Object& start, std::u16string_view remaining, bool open_link)
        : current_(&start), remaining_(remaining), open_link_(open_link) {}

    // Nothing: the slice is over before the walk's end. Null: it takes as long as it takes. `walker`, where
    // there is one, is asked for DIRECTORY_TRAVERSE of each directory that a name is looked up in.
    Result<std::optional<Found>> go_on(const ke::Slice* slice, ke::Call* walker);
    // Has its path to itself, so that it can outlast whoever gave it.
    Result<void> own_path();
    Object& current() const { return *current_; }
    size_t memory() const { return 2 * path_.length(); }

private:
    Result<void> follow(SymbolicLink& link, std::u16string_view rest);
    void enter(Object& next) {
        current_ = &next;
        may_pass_ = false;
    }
    // False: not in this slice any more, in which something has been `done`, or which is used up by it.
    Result<bool> check_passing(Directory& directory, const ke::Slice* slice, ke::Call& walker, bool done);

    Object* current_;
    std::u16string_view remaining_;  // without the backslash before it
    String path_;                    // holds what remains, or nothing: then that is its caller's
    unsigned links_ = 0;
    bool open_link_;
    bool may_pass_ = false;  // the walker may look up names in `current_`
};

Result<void> Walk::own_path() {
    if (!path_.empty()) return {};
    path_ = TRY(String::create(remaining_));
    remaining_ = path_;
    return {};
}

Result<void> Walk::follow(SymbolicLink& link, std::u16string_view rest) {
    if (++links_ > kMaximumLinks) return fail(STATUS_TOO_MANY_LINKS);
    if (link.target().size() + rest.size() > kMaximumPath) return fail(STATUS_NAME_TOO_LONG);
    String path = TRY(String::create(link.target()));
    TRY(path.append(rest));
    path_ = std::move(path);
    remaining_ = path_;
    if (!remaining_.empty()) remaining_.remove_prefix(1);
    enter(*g_root);
    return {};
}

// To check a long list takes most of a turn.
Result<bool> Walk::check_passing(Directory& directory, const ke::Slice* slice, ke::Call& walker, bool done) {
    constexpr size_t kShort = 512;  // bytes of a descriptor
    bool lengthy = slice && directory.security().size() > kShort;
    if (lengthy && done) return false;
    TRY(check_access(walker, directory, DIRECTORY_TRAVERSE));
    may_pass_ = true;
    return !lengthy;
}

Result<std::optional<Found>> Walk::go_on(const ke::Slice* slice, ke::Call* walker) {
    for (bool done = false; !remaining_.empty(); done = true) {
        if (slice && slice->over()) return std::nullopt;
        Directory* directory = as<Directory>(*current_);
        if (!directory) return fail(STATUS_OBJECT_TYPE_MISMATCH);
        if (walker && !may_pass_ && !TRY(check_passing(*directory, slice, *walker, done)))
            return std::nullopt;
        size_t length = find_unit(remaining_, u'\\');
        bool last = length == std::u16string_view::npos;
        std::u16string_view name = remaining_.substr(0, length);
        std::u16string_view rest = last ? std::u16string_view() : remaining_.substr(length);
        if (name.empty() || rest == u"\\") {
            // A trailing backslash names the root of a parsing object, nothing else.
            Object* object = name.empty() ? nullptr : directory->find(name);
            if (!name.empty() && !object) return fail(STATUS_OBJECT_PATH_NOT_FOUND);
            bool link = object && as<SymbolicLink>(*object);
            if (!object || !(link || object->type().parses)) return fail(STATUS_OBJECT_NAME_INVALID);
        }
        FoldedKey key(name);
        Object* next = directory->find(key);
        if (!next && !last) return fail(STATUS_OBJECT_PATH_NOT_FOUND);
        SymbolicLink* link = next ? as<SymbolicLink>(*next) : nullptr;
        if (link && !(last && open_link_)) {
            TRY(follow(*link, rest));
            continue;
        }
        if (last) {
            Found found{Ref<Object>(next), Ref<Directory>(directory), {}, {}};
            if (!next) found.name = TRY(FoldedName::create(key));
            return found;
        }
        if (next->type().parses) return Found{Ref<Object>(next), {}, {}, TRY(String::create(rest))};
        enter(*next);
        remaining_ = rest.substr(1);
    }
    return Found{Ref<Object>(current_), {}, {}, {}};
}

Result<void> check_beginning(const Object* start, std::u16string_view path) {
    if (path.size() > kMaximumPath) return fail(STATUS_NAME_TOO_LONG);
    bool absolute = path.starts_with(u'\\');
    if (absolute == (start != nullptr)) return fail(STATUS_OBJECT_PATH_SYNTAX_BAD);
    return {};
}

Walk walk_from(Object* start, std::u16string_view path, bool open_link) {
    return start ? Walk(*start, path, open_link) : Walk(root(), path.substr(1), open_link);
}

// A walk that its call's next slice goes on with: the name as it was when the call began. The caller pays for
// it as long as it is kept.
class KeptWalk final : public ke::Kept {
public:
    KeptWalk(Walk walk, const ke::Call::Attributes& attributes)
        : walk_(std::move(walk)), root_(attributes.root), name_address_(attributes.name_address) {}
    bool is_of(const ke::Call::Attributes& attributes) const {
        return root_ == attributes.root && name_address_ == attributes.name_address;
    }
    Result<std::optional<Found>> go_on(const ke::Slice& slice, ke::Call* walker) {
        return walk_.go_on(&slice, walker);
    }
    Result<void> hold(ke::Client& client) {
        TRY(walk_.own_path());
        current_ = Ref<Object>(walk_.current());
        charge_ = Charge();
        charge_ = TRY(Charge::take(client, sizeof(KeptWalk) + walk_.memory()));
        return {};
    }

private:
    Walk walk_;
    HANDLE root_;
    uint64_t name_address_;
    Ref<Object> current_;
    Charge charge_;
};

Result<Found> walk_in_slices(ke::Call& call, Object* start, const ke::Call::Attributes& attributes,
                             bool open_link) {
    ke::Call* walker = may_traverse(call) ? nullptr : &call;
    // Names of 64 KiB are copied before and after.
    ke::Slice slice(ke::slice_ticks / 2);
    Own<KeptWalk> kept = call.take_kept<KeptWalk>();
    if (kept && !kept->is_of(attributes)) kept.reset();
    if (!kept) {
        Walk walk = walk_from(start, attributes.name, open_link);
        auto found = TRY(walk.go_on(&slice, walker));
        if (found) return std::move(*found);
        kept = TRY(make_own<KeptWalk>(std::move(walk), attributes));
    } else {
        auto found = TRY(kept->go_on(slice, walker));
        if (found) return std::move(*found);
    }
    TRY(kept->hold(call.client()));
    call.keep(std::move(kept));
    return fail(call.again(call.progress()));
}

Result<Found> find_for(ke::Call& call, const ke::Call::Attributes& attributes, bool open_link) {
    Resolved start;
    if (attributes.root) start = TRY(resolve_any(call, attributes.root, 0));
    TRY(check_beginning(start.object.get(), attributes.name));
    if (start.object && start.object->type().parses)
        return Found{start.object, {}, {}, TRY(String::create(attributes.name))};
    return walk_in_slices(call, start.object.get(), attributes, open_link);
}

// Most names lead through few directories, and no link, to what is there: it is found without a walk that
// could be interrupted. Null: it takes one.
Object* find_at_once(const ke::Call::Attributes& attributes) {
    constexpr size_t kShort = 256;  // units
    constexpr unsigned kFew = 4;
    std::u16string_view path = attributes.name;
    if (attributes.root || path.size() > kShort || !path.starts_with(u'\\') || log.tracing()) return nullptr;
    path.remove_prefix(1);
    Directory* directory = g_root;
    for (unsigned i = 0; i < kFew && directory; ++i) {
        size_t length = find_unit(path, u'\\');
        std::u16string_view name = path.substr(0, length);
        bool recent = i == 0 && g_recent && equal_ignore_case(name, g_recent->name());
        Object* object = recent ? g_recent : directory->find(name);
        if (!object || as<SymbolicLink>(*object) || object->type().parses) return nullptr;
        if (length == path.npos) return object;
        path.remove_prefix(length + 1);
        directory = as<Directory>(*object);
        if (i == 0) g_recent = directory;
    }
    return nullptr;
}

Result<void> open_object(ke::Call& call, Object& object, ULONG flags, ACCESS_MASK desired,
                         ke::UserOut<HANDLE> out, const Type& type) {
    if (&object.type() != &type) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    ACCESS_MASK granted = TRY(check_access(call, object, desired));
    return give_handle(call, out, Ref<Object>(object), granted, flags);
}

// NtCreate... of a name that exists already.
Result<NTSTATUS> open_existing(ke::Call& call, const ke::Call::Attributes& attributes, const Found& found,
                               const Type& type, ACCESS_MASK desired, ke::UserOut<HANDLE> out) {
    if (&found.object->type() != &type) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    if (!(attributes.flags & OBJ_OPENIF)) return fail(STATUS_OBJECT_NAME_COLLISION);
    TRY(open_found(call, attributes, found, desired, out, type));
    return STATUS_OBJECT_NAME_EXISTS;
}

Result<void> make_directory(std::u16string_view path) {
    Ref<Directory> directory = TRY(Directory::create());
    return insert_path(path, *directory, true);
}

Result<void> make_link(std::u16string_view path, std::u16string_view target) {
    Ref<SymbolicLink> link = TRY(SymbolicLink::create(target));
    return insert_path(path, *link, true);
}

}  // namespace

Result<Ref<Directory>> Directory::create() {
    return make_ref<Directory>();
}

// A directory that is no more but has many entries: they leave it in slices.
class Directory::Emptying final : public ke::PacedWork {
public:
    explicit Emptying(Directory& directory) : directory_(directory) {}
    bool slice() override {
        ke::Slice slice;
        while (Object* object = directory_.first()) {
            directory_.remove(*object);
            if (slice.over()) return false;
        }
        directory_.end_in_turn();
        delete this;
        return true;
    }

private:
    Directory& directory_;
};

void Directory::last_reference_gone() const {
    constexpr uint32_t kAtOnce = 16;
    auto* emptying = count_ > kAtOnce ? new (std::nothrow) Emptying(const_cast<Directory&>(*this)) : nullptr;
    if (!emptying) return end_in_turn();
    ke::Pacer::instance().add_idle(*emptying);
}

Directory::~Directory() {
    while (Object* object = entries_.first())
        remove(*object);
}

Result<void> Directory::insert(Object& object, std::u16string_view name) {
    if (name.size() > kMaximumName) return fail(STATUS_NAME_TOO_LONG);
    return insert(object, TRY(FoldedName::create(name)));
}

Result<void> Directory::insert(Object& object, FoldedName folded) {
    ASSERT(!object.directory_);
    std::u16string_view name = folded;
    if (name.empty() || find_unit(name, u'\\') != name.npos) return fail(STATUS_OBJECT_NAME_INVALID);
    if (name.size() > kMaximumName) return fail(STATUS_NAME_TOO_LONG);
    object.name_ = std::move(folded);
    if (!entries_.insert_new(object)) {
        object.name_ = FoldedName();
        return fail(STATUS_OBJECT_NAME_COLLISION);
    }
    object.directory_ = this;
    seek_entry_ = nullptr;
    ++count_;
    object.add_ref();
    log.trace("name {} of a {}", name, object.type().name);
    return {};
}

Object* Directory::find(const FoldedKey& name) const {
    Object* at = entries_.root();
    while (at) {
        int difference = name.compare(at->folded_name());
        if (difference == 0) break;
        at = entries_.child(*at, difference < 0 ? 0 : 1);
    }
    return at;
}

Object* Directory::seek(uint32_t index, const ke::Slice& slice, bool& found) {
    found = true;
    if (index >= count_) return nullptr;
    if (!seek_entry_ || seek_index_ > index) {
        seek_entry_ = first();
        seek_index_ = 0;
    }
    while (seek_index_ < index && found) {
        seek_entry_ = next(*seek_entry_);
        ++seek_index_;
        found = seek_index_ == index || !slice.over();
    }
    return seek_entry_;
}

void Directory::remove(Object& object) {
    ASSERT(object.directory_ == this);
    log.trace("name {} is gone", object.name());
    entries_.remove(object);
    seek_entry_ = nullptr;
    if (&object == g_recent) g_recent = nullptr;
    --count_;
    object.directory_ = nullptr;
    object.permanence_.reset();
    object.release();
}

Result<Ref<SymbolicLink>> SymbolicLink::create(std::u16string_view target) {
    return make_ref<SymbolicLink>(TRY(String::create(target)));
}

Directory& root() {
    ASSERT(g_root);
    return *g_root;
}

Result<Found> find(Object* start, std::u16string_view path, bool open_link) {
    TRY(check_beginning(start, path));
    if (start && start->type().parses) return Found{Ref<Object>(start), {}, {}, TRY(String::create(path))};
    return std::move(*TRY(walk_from(start, path, open_link).go_on(nullptr, nullptr)));
}

ke::Task<Result<Found>> lookup(ke::Call* call, String path) {
    CO_TRY(check_beginning(nullptr, path));
    Walk walk = walk_from(nullptr, path, false);
    Ref<Object> reached;
    std::optional<Found> found;
    auto step = [&]() -> Result<bool> {
        ke::Slice slice(ke::slice_ticks / 2);
        found = TRY(walk.go_on(&slice, call && !may_traverse(*call) ? call : nullptr));
        reached = Ref<Object>(walk.current());
        return found.has_value();
    };
    NTSTATUS status = call ? co_await ke::in_slices(call->thread(), step)
                           : co_await ke::in_slices(ke::Pacer::kSystemPriority, step);
    if (!NT_SUCCESS(status)) co_return fail(status);
    if (!found->object) co_return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    co_return std::move(*found);
}

Result<Found> find(ke::Call& call, const ke::Call::Attributes& attributes) {
    return find_for(call, attributes, attributes.flags & OBJ_OPENLINK);
}

Result<Found> lookup(ke::Call& call, const ke::Call::Attributes& attributes) {
    Result<Found> found = find(call, attributes);
    if (found && !found->object) found = fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (log.tracing()) [[unlikely]]
        log.trace("{}: look up {}: {s}", call.client().image_name(), attributes.name.view(),
                  found ? STATUS_SUCCESS : found.error());
    return found;
}

Result<void> open_found(ke::Call& call, const ke::Call::Attributes& attributes, const Found& found,
                        ACCESS_MASK desired, ke::UserOut<HANDLE> out, const Type& type) {
    if (!found.rest.empty()) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    return open_object(call, *found.object, attributes.flags, desired, out, type);
}

Result<void> open_named_typed(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in, ACCESS_MASK desired,
                              ke::UserOut<HANDLE> out, const Type& type) {
    auto captured = call.capture_attributes(in);
    if (!captured) return captured.failure();
    ke::Call::Attributes& attributes = *captured;
    if (!attributes.given) return fail(STATUS_INVALID_PARAMETER);
    Object* object = may_traverse(call) ? find_at_once(attributes) : nullptr;
    if (object) [[likely]]
        return open_object(call, *object, attributes.flags, desired, out, type);
    if (&type == &SymbolicLink::kType) attributes.flags |= OBJ_OPENLINK;
    Found found = TRY(lookup(call, attributes));
    return open_found(call, attributes, found, desired, out, type);
}

Result<NTSTATUS> create_handle(ke::Call& call, const ke::Call::Attributes& attributes, Ref<Object> object,
                               ACCESS_MASK desired, ke::UserOut<HANDLE> out) {
    const Type& type = object->type();
    Vector<uint8_t> asked = TRY(capture_security(call, attributes.security_descriptor));
    // An empty name is none, whatever directory it is in. No name in a directory is an error, below.
    if (attributes.name.empty() && (!attributes.root || attributes.name_address)) [[likely]] {
        if (!asked.empty() || type.secured == Secured::Always)
            TRY(assign_security(call, *object, asked.span(), nullptr));
        TRY(open_handle(call, out, std::move(object), desired, attributes.flags));
        return STATUS_SUCCESS;
    }
    bool open_link = &type == &SymbolicLink::kType || (attributes.flags & OBJ_OPENLINK);
    if (attributes.flags & OBJ_PERMANENT) TRY(check_privilege(call, SE_CREATE_PERMANENT_PRIVILEGE));
    Found found = TRY(find_for(call, attributes, open_link));
    if (found.object) return open_existing(call, attributes, found, type, desired, out);
    TRY(check_making(call, *found.parent, &type == &Directory::kType));
    TRY(assign_security(call, *object, asked.span(), found.parent.get()));
    TRY(found.parent->insert(*object, std::move(found.name)));
    auto opened = attributes.flags & OBJ_PERMANENT ? object->make_permanent(call.client()) : Result<void>();
    if (opened) opened = open_handle(call, out, object, desired, attributes.flags);
    if (opened) return STATUS_SUCCESS;
    // Without a handle the object goes, and its name with it.
    object->make_temporary();
    if (object->directory()) found.parent->remove(*object);
    return opened.failure();
}

Result<NTSTATUS> create_handle(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> attributes, Ref<Object> object,
                               ACCESS_MASK desired, ke::UserOut<HANDLE> out) {
    if (!attributes.null())
        return create_handle(call, TRY(call.capture_attributes(attributes)), std::move(object), desired, out);
    TRY(open_handle(call, out, std::move(object), desired, 0));
    return STATUS_SUCCESS;
}

Result<void> initialize() {
    register_type(Directory::kType);
    register_type(SymbolicLink::kType);
    if (!g_root) g_root = TRY(Directory::create()).leak();
    TRY(secure_own(*g_root, Makers::System, false));
    for (const char16_t* path : {u"\\??", u"\\Device", u"\\Driver", u"\\FileSystem", u"\\KernelObjects",
                                 u"\\BaseNamedObjects\\Restricted", u"\\Sessions\\1", u"\\ObjectTypes",
                                 u"\\NLS", u"\\KnownDlls", u"\\RPC Control", u"\\Callback"})
        TRY(make_directory(path));
    TRY(make_link(u"\\DosDevices", u"\\??"));
    TRY(make_link(u"\\GLOBAL\?\?", u"\\??"));
    TRY(make_link(u"\\Sessions\\1\\BaseNamedObjects", u"\\BaseNamedObjects"));
    TRY(make_link(u"\\Sessions\\0", u"\\Sessions\\1"));
    TRY(make_link(u"\\BaseNamedObjects\\Global", u"\\BaseNamedObjects"));
    TRY(make_link(u"\\BaseNamedObjects\\Local", u"\\BaseNamedObjects"));
    TRY(make_link(u"\\??\\GLOBALROOT", u""));
    return make_link(u"\\??\\Global", u"\\??");
}

}  // namespace ob
