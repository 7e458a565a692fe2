//! A sweep over seeds, for work on the simulator itself. Nothing depends on it.
use stopline_sim::{Mutant, run, swarm::Swarm};
fn main() {
    let args: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (from, to) = (args[0], args[1]);
    let (mut bad, mut events, mut orders, mut trades, mut deaths) = (0, 0, 0, 0, 0);
    let mut kinds = std::collections::BTreeMap::<String, Vec<u64>>::new();
    for seed in from..to {
        let o = run(seed, Swarm::draw(seed), Mutant::default(), args.len() > 2).unwrap();
        events += o.events;
        orders += o.orders;
        trades += o.trades;
        deaths += o.deaths;
        if let Some((at, v)) = &o.violation {
            bad += 1;
            kinds.entry(v.invariant.to_owned()).or_default().push(seed);
            if bad <= 10 {
                println!("seed {seed} at {} ms: {v}\n   {}", at.0 / 1_000_000, Swarm::draw(seed));
            }
        }
    }
    println!("{bad} bad of {}, events {events} orders {orders} trades {trades} deaths {deaths}", to - from);
    for (k, v) in kinds {
        println!("{k}: {} {:?}", v.len(), &v[..v.len().min(8)]);
    }
}
