# Thin aliases. Each is one command that works as well without just; `just` alone lists them.

_list:
    @just --list --unsorted

# the engine: just run <subcommand> <options>
run *args:
    cargo run --release --locked -p stopline -- {{args}}

# every test
test *args:
    ./test {{args}}

# what has to pass before a merge
check:
    .ci/run

# the project's own checks on its own tree
tidy:
    cargo run --quiet --locked -p stopline-tidy

# the pictures of the README, made anew by the test that plays its first minute
pictures:
    cargo test --release --locked -p stopline --test first_minute
    cp target/pictures/*.svg docs/pictures/

# the measurements: the kernel in nanoseconds, a durable commit, from a tick to the wire, rows of a replay a second, an idle engine
bench:
    cargo bench --workspace --locked --bench step --bench commit --bench tick_to_wire --bench replay
    STOPLINE_IDLE_SECONDS=60 cargo test --release --workspace --locked --test idle -- --nocapture

# 200 crashes of the real program, with faults; one case again: STOPLINE_CRASH_SEED=n STOPLINE_CRASHES=1
soak cases="200":
    STOPLINE_CRASHES={{cases}} cargo test --release --locked -p stopline --features hooks --test crash

# the whole system on one thread from a seed
sim *args:
    cargo run --release --locked -p stopline -- sim {{args}}

# libFuzzer on one reader of bytes, for so many seconds: ledger, paper_engine, paper_venue, bot_host, bot_side, control, scenario. Needs cargo-fuzz and a nightly compiler
fuzz target seconds="60":
    mkdir -p fuzz/target/found/{{target}}
    cargo +nightly fuzz run {{target}} fuzz/target/found/{{target}} fuzz/corpus/{{target}} -- -max_total_time={{seconds}} -max_len=65536 -timeout=20
