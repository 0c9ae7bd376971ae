//! How fast the engines are on one core; `cargo bench -p language`. Packs are not fetched: install them first.
#![expect(clippy::disallowed_methods, reason = "a bench looks for packs on this machine")]

use std::hint::black_box;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use language::{Engines, Lang, identify, segment};

/// Sentences of several lengths and kinds.
const SENTENCES: [&str; 6] = [
    "At least 14 people were killed and dozens hurt when a ferry capsized off the coast of Westmark on Monday.",
    "“We won't stop until everyone's home,” said Mayor Ilse Brandt, who hadn't slept since Sunday.",
    "Shares of Norvik Oil Inc. fell 3.5% to $12.40 after it cut its forecast, its second warning in a year.",
    "Two suspects, aged 19 and 23, have been arrested; a third is believed to have fled to Easthaven.",
    "The quake, which measured 6.1, struck at 04:12 local time some 30 km north-east of Port Alden.",
    "Rescuers, some of them volunteers, were digging through rubble, trying to reach those trapped below.",
];

fn packs() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || set("HOME").unwrap_or_default().join(".cache");
    set("UPTOSPEED_PACKS")
        .unwrap_or_else(|| set("XDG_CACHE_HOME").unwrap_or_else(home).join("uptospeed/packs"))
}

fn bench(criterion: &mut Criterion) {
    let engines = Engines::load(&packs());
    let article = SENTENCES.join(" ").repeat(4);
    let mut group = criterion.benchmark_group("language");
    group.throughput(Throughput::Elements(segment(&article, Lang::EN).len() as u64));
    group.bench_function("segment an article (tokens)", |b| {
        b.iter(|| segment(black_box(&article), Lang::EN));
    });
    group.bench_function("identify an article (tokens)", |b| {
        b.iter(|| identify(black_box(&article), None));
    });
    if let Some(engine) = engines.engine(Lang::EN) {
        group.throughput(Throughput::Elements(engine.parse(&article).len() as u64));
        group.bench_function("parse an article (tokens)", |b| {
            b.iter(|| engine.parse(black_box(&article)));
        });
        let tokens: usize = SENTENCES.iter().map(|s| engine.parse(s).len()).sum();
        group.throughput(Throughput::Elements(tokens as u64));
        group.bench_function("parse single sentences in a batch (tokens)", |b| {
            b.iter(|| engine.parse_all(black_box(&SENTENCES)));
        });
    }
    if let Some(encoder) = engines.encoder() {
        group.throughput(Throughput::Elements(SENTENCES.len() as u64));
        group.bench_function("encode sentences (sentences)", |b| {
            b.iter(|| encoder.encode(black_box(&SENTENCES)));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
