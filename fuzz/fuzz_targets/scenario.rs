//! libFuzzer on scenario files. The body is `stopline-hostile`'s; nothing else stands here.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    stopline_hostile::scenario::read(bytes);
});
