// SPDX-License-Identifier: GPL-3.0-only
//
// The root server: takes the machine over, brings the components up from the lowest to the highest, starts
// smss.exe and then serves.
#include "abi/boot/archive.h"
#include "abi/sel4/sel4.h"
#include "base/format.hpp"
#include "executive/cm/cm.hpp"
#include "executive/ex/ex.hpp"
#include "executive/hal/console.hpp"
#include "executive/hal/hal.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/serial.hpp"
#include "executive/io/images.hpp"
#include "executive/io/io.hpp"
#include "executive/ke/crash.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/reports.hpp"
#include "executive/ke/serial_pump.hpp"
#include "executive/main/failure.hpp"
#include "executive/main/options.hpp"
#include "executive/main/session_manager.hpp"
#include "executive/mm/boot.hpp"
#include "executive/mm/frames.hpp"
#include "executive/mm/primer.hpp"
#include "executive/ob/ob.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/shared_data.hpp"
#include "executive/se/token.hpp"

extern "C" {
extern const unsigned char image_start[];
extern const unsigned char image_constants[];
extern const unsigned char image_data[];
extern const unsigned char executive_stack_guard[];
extern const unsigned char executive_stack_top[];
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
    return {at(image_start),           at(image_constants), at(image_data),
            at(executive_stack_guard), at(image_archive),   at(image_end)};
}

ke::ImageLayout image_layout() {
    mm::BootImage image = boot_image();
    uint64_t stack = image.stack_guard + mm::kPageSize;
    return {image.start, image.constants, stack, reinterpret_cast<uint64_t>(executive_stack_top)};
}

std::span<const uint8_t> archive() {
    return {boot_archive_begin, boot_archive_end};
}

std::string_view archive_text(std::string_view name) {
    std::span<const uint8_t> bytes = io::archive_file(archive(), name);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename... Args>
[[noreturn]] void crash(std::string_view pattern, const Args&... args) {
    char text[160];
    ke::crash(base::format(text, pattern, args...));
}

base::Result<void> step(std::string_view name, base::Result<void> result) {
    ke::log.info("{}: {s}", name, base::to_status(result));
    return result;
}

// Where NT keeps them: Control\SystemStartOptions, with blanks between, without quotes and backslashes.
void tell_start_options(std::string_view options) {
    char text[1024];
    size_t length = 0;
    for (std::string_view part :
         {std::string_view(
              "Windows Registry Editor Version 5.00\n\n"
              "[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Control]\n\"SystemStartOptions\"=\""),
          options.substr(0, 512), std::string_view("\"\n")}) {
        bool value = part.data() == options.data();
        for (char c : part) {
            if (value && (c == '"' || c == '\\' || c == '\r')) continue;
            text[length++] = value && c == '\n' ? ' ' : c;
        }
    }
    cm::load_seed({text, length});
}

// Where no file system has been started yet: the components that only need memory and each other.
base::Result<void> initialize_components() {
    TRY(step("hal", hal::initialize()));
    TRY(step("dispatcher", ke::Dispatcher::instance().initialize()));
    TRY(step("fault reports", ke::report_faults(image_layout())));
    TRY(step("pacer", ke::Pacer::instance().initialize()));
    ke::Reports::initialize();
    ke::SerialPump::initialize();
    // RAM that is not ready ahead of need is made ready when it is needed.
    (void)step("primer", mm::start_primer());
    TRY(step("se", se::initialize()));
    TRY(step("ob", ob::initialize()));
    TRY(step("cm", cm::initialize()));
    cm::load_seed(archive_text(kRegistrySeed));
    tell_start_options(archive_text(BOOT_ARCHIVE_OPTIONS));
    TRY(step("ex", ex::initialize()));
    TRY(step("shared data", ps::initialize_shared_data()));
    return step("io", io::initialize(archive()));
}

// What has to open files, and so may wait.
ke::Task<NTSTATUS> start_system() {
    CO_TRY(ps::set_system_dll(
        CO_TRY(co_await io::open_image(nullptr, CO_TRY(base::String::create(kSystemDll))))));
    // A system without some of its drivers is still one.
    NTSTATUS drivers = co_await pnp::start();
    if (!NT_SUCCESS(drivers)) pnp::log.error("no drivers: {s}", drivers);
    auto session_manager =
        CO_TRY(co_await io::open_image(nullptr, CO_TRY(base::String::create(kSessionManager))));
    NTSTATUS started = co_await SessionManager::instance().start(kSessionManager, std::move(session_manager));
    if (!NT_SUCCESS(started)) co_return started;
    failure::fail_soon();
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> start_or_crash() {
    NTSTATUS status = co_await start_system();
    if (!NT_SUCCESS(status)) crash("the system cannot start: {s}", status);
    co_return status;
}

// With less the first programs do not start: it is said at once.
constexpr uint64_t kLeastRam = 3 << 20;

base::Result<void> take_memory(const seL4_BootInfo& boot_info) {
    if (failure::wanted == "memory" || mm::ram_given(boot_info) < kLeastRam)
        return base::fail(STATUS_NO_MEMORY);
    TRY(mm::initialize(boot_info, boot_image()));
    return mm::protect_boot_image(boot_info, boot_image());
}

[[noreturn]] void crash_without_memory(const seL4_BootInfo& boot_info, NTSTATUS status) {
    if (auto screen = mm::map_text_screen(boot_info, boot_image())) hal::console_open_text(*screen);
    crash("no memory to start with: {} KiB are left, {} KiB are needed ({s})",
          mm::ram_given(boot_info) / 1024, kLeastRam / 1024, status);
}

}  // namespace

void executive_main(const seL4_BootInfo* boot_info) {
    seL4_SetIPCBuffer(boot_info->ipcBuffer);
    ke::take_console_ports(*boot_info);
    hal::serial_initialize();
    main_options::apply_early(archive_text(BOOT_ARCHIVE_OPTIONS));
    if (auto memory = take_memory(*boot_info); !memory) crash_without_memory(*boot_info, memory.error());
    main_options::apply(archive_text(BOOT_ARCHIVE_OPTIONS));
    if (auto started = initialize_components(); !started)
        crash("the Executive cannot start: {s}", started.error());
    ke::spawn("start of the system", start_or_crash());
    ke::Dispatcher::instance().run();
}

namespace base {

[[clang::no_destroy]] constinit Loop ready_queue;

Loop& Loop::instance() {
    return ready_queue;
}

void assertion_failed(const char* expression, const char* file, int line) {
    crash("{}:{}: {} does not hold", file, line, expression);
}

}  // namespace base
