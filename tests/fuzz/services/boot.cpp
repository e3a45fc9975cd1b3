// SPDX-License-Identifier: GPL-3.0-only
#include "tests/fuzz/services/boot.hpp"

#include <cstring>

#include "abi/boot/archive.h"
#include "executive/cm/cm.hpp"
#include "executive/ex/ex.hpp"
#include "executive/io/images.hpp"
#include "executive/io/io.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/ps/builder.hpp"
#include "executive/ps/shared_data.hpp"
#include "executive/ps/system_dll.hpp"
#include "tests/host/executive/machine.hpp"
#include "tests/host/executive/small_image.hpp"
#include "tests/host/killer/driver.hpp"

namespace fuzz {

namespace {

// The images that tests/torture/services/names.cpp knows, and a file that is none.
constexpr const char* kImages[] = {"System32\\nothing.exe", "System32\\ntdll.dll", "System32\\untidy.exe"};
constexpr uint32_t kFiles = std::size(kImages);

// Returns how many bytes it has; null: only counts.
size_t write_archive(uint8_t* to) {
    std::vector<uint8_t> image = small_image::build();
    size_t each = (image.size() + BOOT_ARCHIVE_PAGE - 1) / BOOT_ARCHIVE_PAGE * BOOT_ARCHIVE_PAGE;
    size_t size = BOOT_ARCHIVE_PAGE + kFiles * each;
    if (!to) return size;
    BootArchiveHeader header{{}, kFiles, sizeof(BootArchiveEntry), size, 0};
    memcpy(header.magic, BOOT_ARCHIVE_MAGIC, sizeof header.magic);
    memcpy(to, &header, sizeof header);
    for (uint32_t i = 0; i < kFiles; ++i) {
        BootArchiveEntry entry{{}, BOOT_ARCHIVE_PAGE + i * each, image.size(), 0, 0};
        strcpy(entry.name, kImages[i]);
        memcpy(to + sizeof header + i * sizeof entry, &entry, sizeof entry);
        memcpy(to + entry.offset, image.data(), image.size());
    }
    return size;
}

base::Ref<mm::Section> g_image;

ke::Task<NTSTATUS> open_program() {
    auto path = CO_TRY(base::String::create(u"\\SystemRoot\\System32\\nothing.exe"));
    g_image = CO_TRY(co_await io::open_image(nullptr, std::move(path)));
    co_return STATUS_SUCCESS;
}

// The names that tests/torture/services/names.cpp has for devices lead to the one that is there.
void name_device() {
    for (const char16_t* name : {u"\\Device\\Null", u"\\Device\\KeyboardClass0", u"\\Device\\Beep"})
        MUST(ob::insert_path(name, *MUST(ob::SymbolicLink::create(u"\\Device\\Fake")), true));
}

void start_components(std::span<const uint8_t> archive) {
    MUST(ke::Dispatcher::instance().initialize());
    MUST(se::initialize());
    MUST(ob::initialize());
    MUST(cm::initialize());
    MUST(ex::initialize());
    MUST(ps::initialize_shared_data());
    MUST(io::initialize(archive));
    name_device();
    ke::spawn("image", open_program());
    run_queued_work();
    // Where its routines are does not matter: nothing of it runs.
    ps::SystemDll& dll = ps::system_dll();
    dll.section = program_image();
    dll.initialize_thunk = dll.user_thread_start = dll.exception_dispatcher = dll.apc_dispatcher =
        dll.move_floating_point = small_image::kCode;
}

}  // namespace

fake::Kernel& boot() {
    static fake::Kernel& kernel = [] -> fake::Kernel& {
        size_t pages = write_archive(nullptr) / BOOT_ARCHIVE_PAGE;
        fake::Kernel& made = start_machine({16, 17, 18, 20, 21, 22, 23, 24, 25}, pages);
        write_archive(made.archive().data());
        start_components(made.archive());
        return made;
    }();
    return kernel;
}

base::Ref<mm::Section> program_image() {
    return g_image;
}

}  // namespace fuzz

namespace killer {

fake::Kernel& machine() {
    return fuzz::boot();
}

Ref<ps::Process> make_process(bool driver_host) {
    ps::ProcessParameters parameters;
    parameters.image_path = u"\\SystemRoot\\System32\\nothing.exe";
    parameters.driver_host = driver_host;
    ps::ProcessRequest request;
    request.image = fuzz::program_image();
    request.image_path = parameters.image_path;
    request.own = &parameters;
    request.driver_host = driver_host;
    ps::ProgramBuilder builder(request);
    for (;;) {
        auto made = builder.step();
        if (!made) return {};
        if (*made) break;
    }
    if (!driver_host) builder.thread()->resume();
    return Ref<ps::Process>(builder.process());
}

}  // namespace killer
