//! Many sorted parts as one sorted stream: the order of arrival does not depend on which shard was read first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use anyhow::Result;
use parquet::record::Field;

use super::Run;
use super::part::{self, Rows};

/// What rows are sorted by: their time (those without one last), their id, their part and their place in it.
type Order = (i64, String, String, u64);

/// A row with its order; its first two fields are the time and the id, taken out.
#[derive(Debug)]
pub(super) struct Sorted {
    /// Seconds since 1970.
    pub(super) at: Option<i64>,
    pub(super) id: String,
    pub(super) fields: Vec<Field>,
}

/// The stream over the parts; a part is open only while its times are under way.
pub(super) struct Merge<'a> {
    run: &'a Run,
    wanted: &'a [&'a str],
    /// Parts not yet open, the one that begins last first.
    waiting: Vec<(i64, String)>,
    open: Vec<Option<Head>>,
    order: BinaryHeap<Reverse<(Order, usize)>>,
}

/// An open part and its next row.
struct Head {
    rows: Rows,
    next: Sorted,
    name: String,
    number: u64,
}

impl<'a> Merge<'a> {
    /// Begins over parts with the columns `at`, `id` and those wanted.
    pub(super) fn new(run: &'a Run, parts: &[String], wanted: &'a [&'a str]) -> Result<Self> {
        let mut waiting = Vec::with_capacity(parts.len());
        for name in parts {
            let (_, first) = part::summary(&run.file(name), name)?;
            waiting.push((first.unwrap_or(i64::MAX), name.clone()));
        }
        waiting.sort_by(|a, b| b.cmp(a));
        Ok(Self { run, wanted, waiting, open: Vec::new(), order: BinaryHeap::new() })
    }

    /// The next row of all.
    pub(super) fn next(&mut self) -> Result<Option<Sorted>> {
        while let Some((first, _)) = self.waiting.last()
            && self.order.peek().is_none_or(|Reverse((order, _))| order.0 >= *first)
        {
            let Some((_, name)) = self.waiting.pop() else { break };
            let mut rows = Rows::open(&self.run.file(&name), &name, self.wanted)?;
            if let Some(next) = sorted(&mut rows)? {
                self.keep(Head { rows, next, name, number: 0 });
            }
        }
        let Some(Reverse((_, slot))) = self.order.pop() else { return Ok(None) };
        let Some(mut head) = self.open.get_mut(slot).and_then(Option::take) else {
            return Ok(None);
        };
        match sorted(&mut head.rows)? {
            Some(next) => {
                let given = std::mem::replace(&mut head.next, next);
                head.number += 1;
                self.keep_at(head, slot);
                Ok(Some(given))
            }
            None => Ok(Some(head.next)),
        }
    }

    fn keep(&mut self, head: Head) {
        let free = self.open.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.open.push(None);
            self.open.len() - 1
        });
        self.keep_at(head, slot);
    }

    fn keep_at(&mut self, head: Head, slot: usize) {
        let at = head.next.at.unwrap_or(i64::MAX);
        let order = (at, head.next.id.clone(), head.name.clone(), head.number);
        self.order.push(Reverse((order, slot)));
        if let Some(place) = self.open.get_mut(slot) {
            *place = Some(head);
        }
    }
}

fn sorted(rows: &mut Rows) -> Result<Option<Sorted>> {
    Ok(rows.next()?.map(|mut fields| {
        let at = part::integer(&fields, 0);
        let id = part::text(&mut fields, 1);
        Sorted { at, id, fields }
    }))
}
