// SPDX-License-Identifier: GPL-3.0-only
//
// The root server: takes the machine over, brings the components up from the lowest to the highest, starts
// smss.exe and then serves.
#include "abi/boot/archive.h"
#include "abi/sel4/sel4.h"
#include "executive/cm/cm.hpp"
#include "executive/ex/ex.hpp"
#include "executive/hal/hal.hpp"
#include "executive/hal/log.hpp"
#include "executive/io/io.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/main/options.hpp"
#include "executive/mm/boot.hpp"
#include "executive/ob/ob.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/image_opener.hpp"
#include "executive/ps/shared_data.hpp"

extern "C" {
extern const unsigned char image_start[];
extern const unsigned char image_constants[];
extern const unsigned char image_data[];
extern const unsigned char image_archive[];
extern const unsigned char image_end[];
[[noreturn]] void executive_main(const seL4_BootInfo* boot_info);
}

namespace {

constexpr std::u16string_view kSystemDll = u"\\SystemRoot\\System32\\ntdll.dll";
constexpr std::u16string_view kSessionManager = u"\\SystemRoot\\System32\\smss.exe";
constexpr std::string_view kRegistrySeed = "System32\\config\\seed.reg";

mm::BootImage boot_image() {
    auto at = [](const unsigned char* symbol) { return reinterpret_cast<uint64_t>(symbol); };
    return {at(image_start), at(image_constants), at(image_data), at(image_archive), at(image_end)};
}

std::span<const uint8_t> archive() {
    return {boot_archive_begin, boot_archive_end};
}

std::string_view archive_text(std::string_view name) {
    std::span<const uint8_t> bytes = io::archive_file(archive(), name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

base::Result<void> step(std::string_view name, base::Result<void> result) {
    ke::log.info("{}: {s}", name, base::to_status(result));
    return result;
}

// Where no file system has been started yet: the components that only need memory and each other.
base::Result<void> initialize_components() {
    TRY(step("hal", hal::initialize()));
    TRY(step("dispatcher", ke::Dispatcher::instance().initialize()));
    TRY(step("ob", ob::initialize()));
    TRY(step("cm", cm::initialize()));
    cm::load_seed(archive_text(kRegistrySeed));
    TRY(step("ex", ex::initialize()));
    TRY(step("shared data", ps::initialize_shared_data()));
    TRY(step("io", io::initialize(archive())));
    return step("pnp", pnp::initialize());
}

// What has to open files, and so may wait.
ke::Task<NTSTATUS> start_system() {
    ps::ImageOpener& files = *ps::image_opener();
    CO_TRY(ps::set_system_dll(CO_TRY(co_await files.open_image(nullptr, kSystemDll))));
    // A system without some of its drivers is still one.
    NTSTATUS drivers = co_await pnp::start();
    if (!NT_SUCCESS(drivers)) pnp::log.error("no drivers: {s}", drivers);
    auto session_manager = CO_TRY(co_await files.open_image(nullptr, kSessionManager));
    ps::ProcessParameters parameters;
    parameters.image_path = kSessionManager;
    CO_TRY(ps::create_process(session_manager, parameters, false));
    co_return STATUS_SUCCESS;
}

[[noreturn]] void halt() {
    for (;;)
        seL4_Yield();
}

}  // namespace

void executive_main(const seL4_BootInfo* boot_info) {
    base::Result<void> memory = mm::initialize(*boot_info, boot_image());
    if (memory) memory = mm::protect_boot_image(*boot_info, boot_image());
    hal::serial_initialize();
    main_options::apply(archive_text(BOOT_ARCHIVE_OPTIONS));
    base::Result<void> started = memory ? initialize_components() : memory;
    if (!started) {
        ke::log.error("the Executive cannot start: {s}", started.error());
        halt();
    }
    ke::spawn("start of the system", start_system());
    ke::Dispatcher::instance().run();
}

namespace base {

[[clang::no_destroy]] constinit Loop ready_queue;

Loop& Loop::instance() {
    return ready_queue;
}

void assertion_failed(const char* expression, const char* file, int line) {
    ke::log.error("{}:{}: {}", file, line, expression);
    halt();
}

}  // namespace base
