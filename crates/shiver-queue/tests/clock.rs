//! Own process: the clock is set by whoever needs it first, several threads at once too, and tells real time.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::{Duration, Instant};

use shiver_queue::{Dim, Plan, Space, Tally, run};

#[test]
fn times_are_real_from_the_first_loop_on() {
    const NAP: Duration = Duration::from_millis(60);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let tallies = [Tally::default()];
                let plan =
                    Plan { threads: NonZero::new(1), tallies: Some(&tallies), ..Plan::default() };
                let begin = Instant::now();
                let outcome = run(
                    &Space::new([Dim::upto(1)]).unwrap(),
                    &plan,
                    &|_, _| {
                        std::thread::sleep(NAP);
                        Continue(())
                    },
                    &mut |_| Continue(()),
                );
                let took = begin.elapsed();
                assert!(outcome.is_completed());
                // A tenth is far more than the clock is off by, and far less than a wrong unit would be.
                let busy = tallies[0].busy();
                assert!(busy > NAP * 9 / 10 && busy < took * 11 / 10, "{busy:?} of {took:?}");
            });
        }
    });
}
