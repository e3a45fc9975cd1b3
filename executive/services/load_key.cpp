// SPDX-License-Identifier: GPL-3.0-only
//
// Loading hives into the registry, from where they are flushed.
#include "executive/cm/cm.hpp"
#include "executive/cm/regf/format.hpp"
#include "executive/io/open.hpp"
#include "executive/se/assign.hpp"
#include "executive/services.hpp"
#include "executive/services/hive_read.hpp"

using namespace base;

namespace {

using cm::regf::OwnStore;
using services::Hive;
using services::HiveFiles;
using services::ReadHive;

constexpr std::u16string_view kAppHives = u"\\Registry\\A";

// What a hive is loaded for.
struct Request {
    ULONG flags = 0;
    Ref<ex::Event> event;  // set when it has been unloaded
    ACCESS_MASK access = 0;
    ke::UserOut<HANDLE> handle{};
    ULONG attributes = 0;  // of the handle

    bool is_app() const { return flags & REG_APP_HIVE; }
    bool wants_handle() const { return flags & (REG_APP_HIVE | REG_LOAD_HIVE_OPEN_HANDLE); }
};

Result<ke::Call::Attributes> capture(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.given) return fail(STATUS_ACCESS_VIOLATION);
    return attributes;
}

// The root of a hive is to be made here.
Result<void> check_place(const cm::Place& place, const Request& request) {
    if (place.key || place.parent->level() != services::kHiveLevel - 1) return fail(STATUS_ACCESS_DENIED);
    if (place.parent->is_deleted()) return fail(STATUS_KEY_DELETED);
    if (request.is_app() != equal_ignore_case(place.parent->name(), kAppHives.substr(kAppHives.size() - 1)))
        return fail(STATUS_ACCESS_DENIED);
    if (place.parent->find(place.name)) return fail(STATUS_ACCESS_DENIED);
    return {};
}

io::OpenOptions hive_options() {
    io::OpenOptions options;
    options.access = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;
    options.share = FILE_SHARE_READ;
    options.options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    options.disposition = FILE_OPEN_IF;
    return options;
}

// NAME.LOG1 and NAME.LOG2 beside the hive NAME.
ke::Task<NTSTATUS> open_logs(ke::Call& call, HiveFiles& files) {
    constexpr std::u16string_view kEnds[] = {u".LOG1", u".LOG2"};
    for (unsigned i = 0; i < 2; ++i) {
        // Opening a file is much of a turn.
        NTSTATUS status = co_await services::Behalf(call).pause();
        if (!NT_SUCCESS(status)) co_return status;
        String name = CO_TRY(String::create(files.hive->name()));
        CO_TRY(name.append(kEnds[i]));
        io::OpenOptions options = hive_options();
        options.attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
        Ref<io::Device> device(files.hive->device());
        files.logs[i] = CO_TRY(co_await io::open_on(&call, std::move(device), std::move(name), options)).file;
    }
    co_return STATUS_SUCCESS;
}

// A root that has nothing, as its maker's other objects are: or as \Registry is.
Result<ReadHive> new_hive(ke::Call& call, const Request& request) {
    ReadHive hive;
    hive.root = TRY(cm::Key::create_apart(services::kHiveLevel));
    if (!request.is_app()) return std::move(hive);
    se::Assignment assignment{cm::KeyObject::kType, {}, {}};
    assignment.is_container = true;
    cm::Unseen unseen;
    TRY(hive.root->set_security(TRY(ob::Descriptor::of(TRY(se::assigned_descriptor(call, assignment))))));
    return std::move(hive);
}

// The file as its logs say that it should be: so they are not needed any more, and can be written again.
ke::Task<NTSTATUS> write_repaired(ke::Call& call, const Ref<io::File>& file, const cm::regf::Store& store) {
    constexpr size_t kBase = cm::regf::kBaseBlock;
    NTSTATUS status = co_await services::write_hive_part(call, file, store, kBase, store.size());
    if (NT_SUCCESS(status)) status = co_await services::set_hive_size(call, file, store.size());
    if (NT_SUCCESS(status)) status = co_await services::flush_hive_file(call, file);
    if (NT_SUCCESS(status)) status = co_await services::write_hive_part(call, file, store, 0, kBase);
    if (NT_SUCCESS(status)) status = co_await services::flush_hive_file(call, file);
    co_return status;
}

ke::Task<Result<ReadHive>> read(ke::Call& call, HiveFiles& files) {
    OwnStore store = CO_TRY(co_await services::read_hive_file(call, files.hive, cm::regf::kBaseBlock));
    // Nothing is made beside what is no hive.
    if (store->get<uint32_t>(0) != cm::regf::kSignature) co_return fail(STATUS_NOT_REGISTRY_FILE);
    NTSTATUS status = co_await open_logs(call, files);
    if (!NT_SUCCESS(status)) co_return fail(status);
    ReadHive read = CO_TRY(co_await services::read_hive(call, *store, files, services::kHiveLevel));
    if (read.repaired) status = co_await write_repaired(call, files.hive, *store);
    if (!NT_SUCCESS(status)) co_return fail(status);
    co_return std::move(read);
}

Result<void> give_root(ke::Call& call, cm::Key& root, const Request& request) {
    auto object = TRY(cm::KeyObject::create(Ref<cm::Key>(root), call.client().id()));
    ACCESS_MASK granted = TRY(ob::check_access(call, *object, request.access));
    return ob::give_handle(call, request.handle, std::move(object), granted, request.attributes);
}

// By then all is there, and nothing is waited for any more. The files are the hive's when it is loaded.
Result<Ref<Hive>> attach(ke::Call& call, const cm::Place& place, HiveFiles& files, ReadHive read,
                         const Request& request) {
    TRY(check_place(place, request));
    ob::Charge charge = TRY(ob::Charge::take(call.client(), sizeof(Hive)));
    Ref<Hive> hive =
        TRY(make_ref<Hive>(call.client(), read.root, std::move(charge), read.sequence, request.flags));
    TRY(hive->load(*place.parent, place.name, std::move(files)));
    read.root.reset();
    Result<void> given;
    if (request.wants_handle()) given = give_root(call, hive->root(), request);
    if (!given) {
        if (hive->is_loaded()) hive->unload();
        return given.failure();
    }
    if (request.event) hive->unload_when_closed(request.event);
    return hive;
}

// Those that have been made for nothing do not stay. A thread that ends waits for it too: not all of it is
// done in the turn in which somebody ends it.
ke::Task<NTSTATUS> delete_files(ke::Call& call, const HiveFiles& files) {
    const services::Behalf nobody{cm::regf::Payer(call.client())};
    const Ref<io::File> all[] = {files.hive, files.logs[0], files.logs[1]};
    NTSTATUS last = STATUS_SUCCESS;
    for (const Ref<io::File>& file : all) {
        if (!file) continue;
        co_await nobody.pause();
        last = co_await services::delete_hive_file(nobody, file);
    }
    co_return last;
}

// Each in a turn of its own.
ke::Task<NTSTATUS> close_files(ke::Call& call, HiveFiles& files) {
    const services::Behalf nobody{cm::regf::Payer(call.client())};
    for (Ref<io::File>* file : {&files.logs[1], &files.logs[0], &files.hive}) {
        if (!*file) continue;
        co_await nobody.pause();
        std::exchange(*file, {})->last_handle_closed();
    }
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> load_opened(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target, HiveFiles& files,
                               bool is_new, Request& request) {
    // In another turn than the file was opened in: both names may be long.
    ke::Call::Attributes key;
    auto take_name = [&]() -> Result<bool> {
        key = TRY(capture(call, target));
        return true;
    };
    NTSTATUS status = co_await services::Behalf(call).in_slices(take_name, ke::FirstSlice::Paced);
    if (!NT_SUCCESS(status)) co_return status;
    request.attributes = key.flags;
    if (request.is_app()) CO_TRY(cm::create_key(kAppHives));
    cm::Place place = CO_TRY(co_await cm::find_place(call, std::move(key), true));
    CO_TRY(check_place(place, request));
    ReadHive hive;
    if (is_new) {
        hive = CO_TRY(new_hive(call, request));
        status = co_await open_logs(call, files);
        if (!NT_SUCCESS(status)) co_return status;
    } else {
        hive = CO_TRY(co_await read(call, files));
    }
    Ref<Hive> loaded = CO_TRY(attach(call, place, files, std::move(hive), request));
    if (!is_new) co_return STATUS_SUCCESS;
    // Its file is empty yet.
    loaded->note_dirty();
    status = co_await Hive::flush(call, loaded);
    if (NT_SUCCESS(status)) co_return status;
    (void)co_await delete_files(call, loaded->files());
    if (loaded->is_loaded()) loaded->unload();
    co_return status;
}

ke::Task<NTSTATUS> load(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target,
                        ke::UserIn<OBJECT_ATTRIBUTES> source, Request request) {
    if (!request.is_app()) CO_TRY(services::check_hive_privilege(call, SE_RESTORE_PRIVILEGE));
    auto name = CO_TRY(capture(call, source));
    // This may answer "again"; what follows waits.
    auto opened = CO_TRY(co_await io::open_attributes(call, std::move(name), hive_options()));
    HiveFiles files;
    files.hive = opened.file;
    bool is_new = opened.information == FILE_CREATED;
    NTSTATUS status = co_await load_opened(call, target, files, is_new, request);
    if (is_new && !NT_SUCCESS(status)) (void)co_await delete_files(call, files);
    // Those that it is not loaded from.
    (void)co_await close_files(call, files);
    co_return status;
}

Result<Request> decode(ke::Call& call, const NtLoadKeyExArgs& args) {
    // Hints about files, logs and transactions that nothing here depends on.
    constexpr ULONG kHints = REG_NO_LAZY_FLUSH | REG_HIVE_EXACT_FILE_GROWTH | REG_HIVE_NO_RM |
                             REG_HIVE_SINGLE_LOG | REG_FLUSH_HIVE_FILE_GROWTH;
    constexpr ULONG kKnown = kHints | REG_APP_HIVE | REG_PROCESS_PRIVATE | REG_LOAD_HIVE_OPEN_HANDLE;
    Request request;
    request.flags = args.Flags;
    if (args.Flags & ~kKnown) return fail(STATUS_INVALID_PARAMETER);
    bool app = request.is_app();
    if ((args.Flags & REG_PROCESS_PRIVATE) && !app) return fail(STATUS_INVALID_PARAMETER);
    if (args.Event && !app) return fail(STATUS_INVALID_PARAMETER);
    if (request.wants_handle() && args.RootHandle.null()) return fail(STATUS_INVALID_PARAMETER);
    TRY(call.probe(args.RootHandle));
    if (args.TrustClassKey) TRY(cm::live_key(call, args.TrustClassKey, args.TrustClassKeyAccess));
    if (args.Event) request.event = TRY(ob::resolve<ex::Event>(call, args.Event, args.EventAccess));
    request.access = args.DesiredAccess;
    request.handle = args.RootHandle;
    return request;
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtLoadKey(ke::Call& call, NtLoadKeyArgs args) {
    return load(call, args.TargetKey, args.SourceFile, {});
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtLoadKey2(ke::Call& call, NtLoadKey2Args args) {
    if (args.Flags & ~ULONG{REG_NO_LAZY_FLUSH}) return STATUS_INVALID_PARAMETER;
    Request request;
    request.flags = args.Flags;
    return load(call, args.TargetKey, args.SourceFile, std::move(request));
}

ke::Task<NTSTATUS> NtLoadKeyEx(ke::Call& call, NtLoadKeyExArgs args) {
    Request request = CO_TRY(decode(call, args));
    co_return co_await load(call, args.TargetKey, args.SourceFile, std::move(request));
}
