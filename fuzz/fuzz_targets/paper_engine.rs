//! libFuzzer on the engine's end of the paper protocol. The body is `stopline-hostile`'s; nothing else stands here.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    stopline_hostile::paper::engine(bytes);
});
