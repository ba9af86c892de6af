//! Time of processors, which says what something costs whoever else is busy at the moment.

use std::fs;
use std::time::Duration;

/// Linux counts the time of processors for user programs in hundredths of a second, whatever it does inside.
const TICKS_PER_SECOND: u32 = 100;

/// What all threads of a process have used so far.
pub(crate) fn used_by(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    // After the name in brackets: the state, ten numbers, and then what is wanted: time as a user, time in the kernel.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u32 = numbers
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|number| number.parse::<u32>().ok())
        .sum();
    Duration::from_secs(1) * ticks / TICKS_PER_SECOND
}

/// What this program has used so far.
pub(crate) fn used_here() -> Duration {
    used_by(std::process::id())
}
