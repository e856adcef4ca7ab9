use super::*;

const TICKS: Ticks = Ticks { head: 10, write: 20, keep_alive: 100, idle: 100 };
const HEAD: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

struct Clock(Rc<Cell<u32>>);

impl Clock {
    /// Returns the reason for which an inactive connection ends, and the tick of its end.
    fn end_of(&self, progress: &Progress) -> (Reason, u32) {
        let start = self.0.get();
        while progress.has_timed_out().is_none() {
            self.0.set(self.0.get() + 1);
            progress.check(&TICKS);
            assert!(self.0.get() < start + 1_000, "{progress:?}");
        }
        (progress.has_timed_out().unwrap(), self.0.get() - start)
    }
}

fn connection() -> (Clock, Rc<Progress>) {
    let now = Rc::new(Cell::new(0));
    (Clock(Rc::clone(&now)), Rc::new(Progress::new(now, Peer { is_proxy: false, ..Peer::LOCAL })))
}

#[test]
fn heads_and_idle_connections_have_different_deadlines() {
    let form = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}".to_owned();
    let half = "GET / HT";
    for (case, reads, body, expected) in [
        ("a complete request", vec![HEAD.to_owned()], BodyLength::Known(0), Reason::Idle),
        ("in two parts", vec![half.into(), HEAD[8..].into()], BodyLength::Known(0), Reason::Idle),
        ("a form", vec![form.clone()], BodyLength::Known(2), Reason::Idle),
        (
            "a form in single bytes",
            form.chars().map(String::from).collect(),
            BodyLength::Known(2),
            Reason::Idle,
        ),
        (
            "half a head behind a form in two parts",
            vec![form[..form.len() - 3].into(), format!("\n{{}}{half}")],
            BodyLength::Known(2),
            Reason::HeadTimeout,
        ),
        (
            "half a head behind a request",
            vec![format!("{HEAD}{half}")],
            BodyLength::Known(0),
            Reason::HeadTimeout,
        ),
        (
            "half a head behind a form",
            vec![format!("{form}{half}")],
            BodyLength::Known(2),
            Reason::HeadTimeout,
        ),
        (
            "one byte behind a form",
            vec![form.clone(), "G".into()],
            BodyLength::Known(2),
            Reason::HeadTimeout,
        ),
        (
            "a chunked body",
            vec![HEAD.into(), "0\r\n".into(), "\r\n".into()],
            BodyLength::Chunked,
            Reason::Idle,
        ),
        (
            "half a head behind chunks",
            vec![HEAD.into(), "0\r\n\r\nP".into()],
            BodyLength::Chunked,
            Reason::HeadTimeout,
        ),
    ] {
        let (clock, progress) = connection();
        for bytes in &reads {
            progress.read(bytes.as_bytes());
        }
        drop(progress.begin(body));

        let ticks = if expected == Reason::Idle { TICKS.idle } else { TICKS.head };
        assert_eq!(clock.end_of(&progress), (expected, ticks + 1), "{case}");
    }
}

#[test]
fn single_bytes_do_not_move_the_deadline_of_a_head() {
    let (clock, progress) = connection();
    progress.read(HEAD.as_bytes());
    drop(progress.begin(BodyLength::Known(0)));

    for _ in 0..TICKS.head {
        progress.read(b"G");
        clock.0.set(clock.0.get() + 1);
        progress.check(&TICKS);
        assert_eq!(progress.has_timed_out(), None);
    }
    progress.read(b"G");

    assert_eq!(clock.end_of(&progress), (Reason::HeadTimeout, 1));
}

#[test]
fn a_request_in_progress_has_no_deadline_of_the_connection() {
    let (clock, progress) = connection();
    progress.read(HEAD.as_bytes());
    let _exchange = progress.begin(BodyLength::Known(0));

    clock.0.set(10_000);
    progress.check(&TICKS);

    assert_eq!(progress.has_timed_out(), None);
}

#[test]
fn a_client_must_read_at_a_minimum_rate() {
    let (clock, progress) = connection();
    progress.read(HEAD.as_bytes());
    drop(progress.begin(BodyLength::Known(0)));
    progress.write_blocked();
    progress.wrote(usize::try_from(10 * MIN_READ).unwrap());

    assert_eq!(clock.end_of(&progress), (Reason::WriteTimeout, TICKS.write + 11));

    let (clock, progress) = connection();
    progress.write_blocked();
    progress.flushed();
    assert_eq!(clock.end_of(&progress), (Reason::Idle, TICKS.head + 1), "a complete write");
}

#[test]
fn frames_do_not_change_the_phase_of_http2() {
    let (clock, progress) = connection();
    progress.use_http2();
    progress.read(b"PRI * HTTP/2.0");
    assert_eq!(clock.end_of(&progress), (Reason::Idle, 11), "no request");

    let (clock, progress) = connection();
    progress.use_http2();
    progress.set_busy(true);
    clock.0.set(1_000);
    progress.check(&TICKS);
    assert_eq!(progress.has_timed_out(), None, "a request in progress");
    progress.set_busy(false);
    progress.read(b"a ping");
    assert_eq!(clock.end_of(&progress), (Reason::Idle, 101), "an idle connection");
}
