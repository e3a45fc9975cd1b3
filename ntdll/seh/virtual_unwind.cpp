// SPDX-License-Identifier: GPL-3.0-only
// RtlVirtualUnwind: one step up the stack, following the x64 unwind codes of version 1 (and 2, whose epilogue
// codes are skipped). The tables are trusted as far as the image is; all loops are bounded by their 8-bit
// counts.
#include "ntdll/seh/seh.hpp"

namespace seh {
namespace {

constexpr unsigned max_chain = 32;

struct Step {
    CONTEXT& context;
    PKNONVOLATILE_CONTEXT_POINTERS pointers;
    ULONG64 frame;
    bool machine_frame = false;

    DWORD64& integer(unsigned number) { return (&context.Rax)[number]; }
    static ULONG64 word(ULONG64 address) { return *reinterpret_cast<ULONG64*>(address); }

    void load(unsigned number, ULONG64 address) {
        integer(number) = word(address);
        if (pointers) pointers->IntegerContext[number] = reinterpret_cast<PDWORD64>(address);
    }
    void load_xmm(unsigned number, ULONG64 address) {
        rtl::copy(&context.FltSave.XmmRegisters[number], reinterpret_cast<void*>(address), sizeof(M128A));
        if (pointers) pointers->FloatingContext[number] = reinterpret_cast<PM128A>(address);
    }
    void pop(unsigned number) {
        load(number, context.Rsp);
        context.Rsp += 8;
    }
    void apply(const UNWIND_INFO& info, const UNWIND_CODE* code);
    void pop_return() {
        context.Rip = word(context.Rsp);
        context.Rsp += 8;
    }
    void pop_machine_frame(bool error_code) {
        ULONG64 at = context.Rsp + (error_code ? 8 : 0);
        context.Rip = word(at);
        context.Rsp = word(at + 24);
        machine_frame = true;
    }
};

ULONG wide(const UNWIND_CODE* code) {
    return code[1].FrameOffset | static_cast<ULONG>(code[2].FrameOffset) << 16;
}

unsigned slots(const UNWIND_CODE& code) {
    switch (code.UnwindOp) {
        case UWOP_ALLOC_LARGE:
            return code.OpInfo ? 3 : 2;
        case UWOP_SAVE_NONVOL:
        case UWOP_SAVE_XMM128:
            return 2;
        case UWOP_SAVE_NONVOL_FAR:
        case UWOP_SAVE_XMM128_FAR:
        case UWOP_SPARE_CODE:
            return 3;
        default:
            return 1;
    }
}

void Step::apply(const UNWIND_INFO& info, const UNWIND_CODE* code) {
    switch (code->UnwindOp) {
        case UWOP_PUSH_NONVOL:
            return pop(code->OpInfo);
        case UWOP_ALLOC_LARGE:
            context.Rsp += code->OpInfo ? wide(code) : code[1].FrameOffset * 8u;
            return;
        case UWOP_ALLOC_SMALL:
            context.Rsp += code->OpInfo * 8u + 8;
            return;
        case UWOP_SET_FPREG:
            context.Rsp = integer(info.FrameRegister) - info.FrameOffset * 16u;
            return;
        case UWOP_SAVE_NONVOL:
            return load(code->OpInfo, frame + code[1].FrameOffset * 8u);
        case UWOP_SAVE_NONVOL_FAR:
            return load(code->OpInfo, frame + wide(code));
        case UWOP_SAVE_XMM128:
            return load_xmm(code->OpInfo, frame + code[1].FrameOffset * 16u);
        case UWOP_SAVE_XMM128_FAR:
            return load_xmm(code->OpInfo, frame + wide(code));
        case UWOP_PUSH_MACHFRAME:
            return pop_machine_frame(code->OpInfo != 0);
        default:
            return;
    }
}

// A cursor over the instructions at the control pc, ending with the function.
struct Code {
    const UCHAR* at;
    const UCHAR* end;
    bool has(SIZE_T count) const { return static_cast<SIZE_T>(end - at) >= count; }
    LONG imm32() const {
        LONG value;
        rtl::copy(&value, at, sizeof(value));
        return value;
    }
};

// `add rsp, n` or `lea rsp, [frame + n]`: how an epilogue may begin. Moves past it and adjusts `rsp`.
void skip_deallocation(Code& code, const UNWIND_INFO& info, Step& step, ULONG64& rsp) {
    if (code.has(4) && code.at[0] == 0x48 && code.at[1] == 0x83 && code.at[2] == 0xc4) {
        rsp += static_cast<LONG64>(static_cast<signed char>(code.at[3]));
        code.at += 4;
        return;
    }
    if (code.has(7) && code.at[0] == 0x48 && code.at[1] == 0x81 && code.at[2] == 0xc4) {
        code.at += 3;
        rsp += static_cast<LONG64>(code.imm32());
        code.at += 4;
        return;
    }
    if (!info.FrameRegister || !code.has(4) || (code.at[0] & 0xfe) != 0x48 || code.at[1] != 0x8d) return;
    const unsigned base = (code.at[2] & 7u) | ((code.at[0] & 1u) << 3);
    const unsigned mode = code.at[2] & 0xf8u;
    if (base != info.FrameRegister || (base & 7) == 4) return;
    if (mode == 0x60) {
        rsp = step.integer(base) + static_cast<LONG64>(static_cast<signed char>(code.at[3]));
        code.at += 4;
    } else if (mode == 0xa0 && code.has(7)) {
        code.at += 3;
        rsp = step.integer(base) + static_cast<LONG64>(code.imm32());
        code.at += 4;
    }
}

// The register a pop instruction names, or -1; `size` is the instruction's length.
int popped_register(const Code& code, unsigned& size) {
    if (code.has(1) && (code.at[0] & 0xf8) == 0x58) {
        size = 1;
        return code.at[0] & 7;
    }
    if (code.has(2) && (code.at[0] & 0xf0) == 0x40 && (code.at[1] & 0xf8) == 0x58) {
        size = 2;
        return (code.at[1] & 7) | ((code.at[0] & 1) << 3);
    }
    return -1;
}

// How an epilogue ends: a return, or a jump out of the function. `extra` is what `ret n` removes.
bool ends_function(const Code& code, ULONG64 base, const RUNTIME_FUNCTION& function, ULONG& extra) {
    extra = 0;
    if (!code.has(1)) return false;
    const UCHAR* at = code.at;
    if (at[0] == 0xc3 || (at[0] == 0xf3 && code.has(2) && at[1] == 0xc3)) return true;
    if (at[0] == 0xc2 && code.has(3)) {
        extra = at[1] | at[2] << 8;
        return true;
    }
    ULONG64 target = 0;
    if (at[0] == 0xeb && code.has(2)) {
        target = reinterpret_cast<ULONG64>(at) + 2 + static_cast<LONG64>(static_cast<signed char>(at[1]));
    } else if (at[0] == 0xe9 && code.has(5)) {
        target = reinterpret_cast<ULONG64>(at) + 5 + static_cast<LONG64>(Code{at + 1, code.end}.imm32());
    } else {
        // A jump through memory at a displacement from rip, and any indirect one with REX.W: a function's own
        // jumps through tables have neither.
        if (code.has(2) && at[0] == 0xff && at[1] == 0x25) return true;
        return code.has(3) && (at[0] & 0xf8) == 0x48 && at[1] == 0xff && (at[2] & 0x38) == 0x20;
    }
    const ULONG64 rva = target - base;
    return rva < function.BeginAddress || rva >= function.EndAddress;
}

// If the control pc is in an epilogue, finishes it by what its instructions would do.
bool finish_epilogue(Step& step, ULONG64 base, ULONG64 pc, const RUNTIME_FUNCTION& function,
                     const UNWIND_INFO& info) {
    Code code{reinterpret_cast<const UCHAR*>(pc), reinterpret_cast<const UCHAR*>(base + function.EndAddress)};
    ULONG64 rsp = step.context.Rsp;
    skip_deallocation(code, info, step, rsp);
    const Code pops = code;
    unsigned size = 0;
    for (unsigned count = 0; count < 16 && popped_register(code, size) >= 0; ++count)
        code.at += size;
    ULONG extra;
    if (!ends_function(code, base, function, extra)) return false;
    step.context.Rsp = rsp;
    for (Code next = pops; next.at < code.at; next.at += size) {
        step.pop(static_cast<unsigned>(popped_register(next, size)));
    }
    step.pop_return();
    step.context.Rsp += extra;
    return true;
}

// The base that saved registers are relative to: the frame register where it is set, else the stack pointer.
ULONG64 establisher(Step& step, const UNWIND_INFO& info, ULONG offset) {
    if (!info.FrameRegister) return step.context.Rsp;
    bool set = offset >= info.SizeOfProlog || (info.Flags & UNW_FLAG_CHAININFO);
    for (unsigned i = 0; !set && i < info.CountOfCodes; i += slots(info.UnwindCode[i])) {
        const UNWIND_CODE& code = info.UnwindCode[i];
        set = code.UnwindOp == UWOP_SET_FPREG && offset >= code.CodeOffset;
    }
    return set ? step.integer(info.FrameRegister) - info.FrameOffset * 16u : step.context.Rsp;
}

const UNWIND_INFO* info_of(ULONG64 base, const RUNTIME_FUNCTION*& function) {
    if (function->UnwindData & RUNTIME_FUNCTION_INDIRECT) {
        function = reinterpret_cast<const RUNTIME_FUNCTION*>(base + (function->UnwindData & ~1u));
    }
    return reinterpret_cast<const UNWIND_INFO*>(base + function->UnwindData);
}

// What follows the unwind codes: the chained function, or the handler's rva and its data.
const void* behind_codes(const UNWIND_INFO* info) {
    return &info->UnwindCode[(info->CountOfCodes + 1u) & ~1u];
}

void run_codes(Step& step, const UNWIND_INFO& info, ULONG offset) {
    for (unsigned i = 0; i < info.CountOfCodes; i += slots(info.UnwindCode[i])) {
        if (i + slots(info.UnwindCode[i]) > info.CountOfCodes) return;
        if (offset >= info.UnwindCode[i].CodeOffset) step.apply(info, &info.UnwindCode[i]);
    }
}

}  // namespace
}  // namespace seh

extern "C" PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(ULONG HandlerType, ULONG64 ImageBase, ULONG64 ControlPc,
                                                     PRUNTIME_FUNCTION FunctionEntry, PCONTEXT Context,
                                                     PVOID* HandlerData, PULONG64 EstablisherFrame,
                                                     PKNONVOLATILE_CONTEXT_POINTERS ContextPointers) {
    using namespace seh;
    const RUNTIME_FUNCTION* function = FunctionEntry;
    const UNWIND_INFO* info = info_of(ImageBase, function);
    Step step{*Context, ContextPointers, 0};
    ULONG offset = static_cast<ULONG>(ControlPc - ImageBase) - function->BeginAddress;
    const bool in_prologue = offset < info->SizeOfProlog;
    step.frame = establisher(step, *info, offset);
    *EstablisherFrame = step.frame;
    *HandlerData = nullptr;
    if (!in_prologue && finish_epilogue(step, ImageBase, ControlPc, *function, *info)) return nullptr;

    for (unsigned depth = 0;; ++depth) {
        run_codes(step, *info, offset);
        if (!(info->Flags & UNW_FLAG_CHAININFO) || depth == max_chain) break;
        function = static_cast<const RUNTIME_FUNCTION*>(behind_codes(info));
        info = info_of(ImageBase, function);
        offset = ~0u;
    }
    if (!step.machine_frame) step.pop_return();
    if (in_prologue || (info->Flags & UNW_FLAG_CHAININFO) || !(info->Flags & HandlerType)) return nullptr;
    const ULONG* handler = static_cast<const ULONG*>(behind_codes(info));
    *HandlerData = const_cast<ULONG*>(handler + 1);
    return reinterpret_cast<PEXCEPTION_ROUTINE>(ImageBase + *handler);
}
