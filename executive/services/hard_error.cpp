// SPDX-License-Identifier: GPL-3.0-only
//
// NtRaiseHardError. There is no port whose owner could ask somebody: what NT's message box would say is a
// line on the console, and the answer is that of a system without a port, ResponseReturnToCaller.
#include <array>

#include "executive/ke/reports.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

namespace {

constexpr size_t kMostParameters = 5;  // MAXIMUM_HARDERROR_PARAMETERS
constexpr uint32_t kOverrideErrorMode = 0x10000000;
constexpr size_t kLongestName = 64;  // characters of a parameter that are shown

struct Parameter {
    String text;
    uint64_t number = 0;
};
using Parameters = std::array<Parameter, kMostParameters>;

Result<Parameters> capture(ke::Call& call, const NtRaiseHardErrorArgs& args) {
    Parameters parameters;
    for (ULONG i = 0; i < args.NumberOfParameters; ++i) {
        parameters[i].number = TRY(call.read(args.Parameters, i));
        if (args.UnicodeStringParameterMask >> i & 1) {
            const ke::UserIn<UNICODE_STRING> string(parameters[i].number);
            parameters[i].text = TRY(call.capture_string(string));
            if (parameters[i].text.length() > kLongestName) parameters[i].text.truncate(kLongestName);
        }
    }
    return parameters;
}

// Why the program does not go on, after its name.
std::string_view explain(std::span<char> line, uint32_t status, const Parameters& parameters) {
    const auto& [first, second, third, fourth, fifth] = parameters;
    switch (static_cast<NTSTATUS>(status)) {
        case STATUS_DLL_NOT_FOUND:
            return base::format(line, "{} was not found", first.text);
        case STATUS_ENTRYPOINT_NOT_FOUND:
            return base::format(line, "the entry point {} was not found in {}", first.text, second.text);
        case STATUS_ORDINAL_NOT_FOUND:
            return base::format(line, "the ordinal {} was not found in {}", first.number, second.text);
        case STATUS_DLL_INIT_FAILED:
            return base::format(line, "{} did not start", first.text);
        case STATUS_INVALID_IMAGE_FORMAT:
        case STATUS_INVALID_IMAGE_NOT_MZ:
        case STATUS_INVALID_IMAGE_PROTECT:
        case STATUS_IMAGE_MACHINE_TYPE_MISMATCH:
            return base::format(line, "{} is not a valid image", first.text);
        case STATUS_APP_INIT_FAILURE:
            return base::format(line, "it could not be started: {s}", static_cast<uint32_t>(first.number));
        default:
            return "hard error";
    }
}

}  // namespace

NTSTATUS NtRaiseHardError(ke::Call& call, const NtRaiseHardErrorArgs& args) {
    if (args.NumberOfParameters > kMostParameters) return STATUS_INVALID_PARAMETER_2;
    if (args.ValidResponseOptions > OptionShutdownSystem) return STATUS_INVALID_PARAMETER_4;
    const Parameters parameters = TRY(capture(call, args));
    TRY(call.probe(args.Response));
    const uint32_t status = static_cast<uint32_t>(args.ErrorStatus) & ~kOverrideErrorMode;
    char text[512], line[640];
    ke::report(base::format(line, "{}: {} ({s})", current(call).process().image_name(),
                            explain(text, status, parameters), status));
    constexpr ULONG kReturnToCaller = 0;
    return base::to_status(call.write(args.Response, kReturnToCaller));
}
