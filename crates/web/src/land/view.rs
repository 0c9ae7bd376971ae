//! Where points of the globe stand on a drawing: the whole world, or a piece of it.
//!
//! # Source
//!
//! Natural Earth projection: Šavrič, Jenny, Patterson, Petrovič and Hurni, A polynomial equation for the Natural Earth
//! projection, 2011. Clipping: Sutherland and Hodgman, Reentrant polygon clipping, 1974.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::fmt::Write;

/// Width of the world's drawing; a unit is a tenth of a pixel at 960.
pub(crate) const WORLD_WIDTH: f64 = 9_600.0;

/// Height of the world's drawing: from 84° north to 58° south.
pub(crate) const WORLD_HEIGHT: f64 = 4_500.0;

/// The northernmost latitude that is drawn.
const NORTH: f64 = 84.0;

/// Where a point of the globe stands on the world's drawing.
pub(crate) fn world_point(north: f64, east: f64) -> (f64, f64) {
    let natural = |north: f64, east: f64| {
        let (phi, lambda) =
            (north.clamp(-90.0, 90.0).to_radians(), east.clamp(-180.0, 180.0).to_radians());
        let (p2, p4) = (phi * phi, phi * phi * phi * phi);
        let wide =
            0.8707 - 0.131_979 * p2 + p4 * (-0.013_791 + p4 * (0.003_971 * p2 - 0.001_529 * p4));
        let high =
            1.007_226 + p2 * (0.015_085 + p4 * (-0.044_475 + 0.028_874 * p2 - 0.005_916 * p4));
        (lambda * wide, phi * high)
    };
    let scale = WORLD_WIDTH / (std::f64::consts::TAU * 0.8707);
    let (x, y) = natural(north, east);
    let (_, top) = natural(NORTH, 0.0);
    (WORLD_WIDTH / 2.0 + x * scale, (top - y) * scale)
}

/// Draws a closed ring, each point as the step from the one before; what stands on the spot or in line is left out.
pub(super) fn draw(out: &mut String, points: impl Iterator<Item = (i32, i32)>) {
    let mut kept: Vec<(i32, i32)> = Vec::new();
    for point in points {
        if kept.last() == Some(&point) {
            continue;
        }
        while let [.., a, b] = kept.as_slice() {
            let (ab, ac) = ((b.0 - a.0, b.1 - a.1), (point.0 - a.0, point.1 - a.1));
            if ab.0 * ac.1 != ab.1 * ac.0 {
                break;
            }
            kept.pop();
        }
        kept.push(point);
    }
    let [first, rest @ ..] = kept.as_slice() else { return };
    // A ring that shrank to a line is not seen.
    if rest.len() < 3 {
        return;
    }
    let _ = write!(out, "M{} {}l", first.0, first.1);
    let mut last = *first;
    for (n, point) in rest.iter().enumerate() {
        for (k, step) in [point.0 - last.0, point.1 - last.1].into_iter().enumerate() {
            let gap = if step < 0 || (n == 0 && k == 0) { "" } else { " " };
            let _ = write!(out, "{gap}{step}");
        }
        last = *point;
    }
    out.push('z');
}

/// A piece of the globe, drawn flat; degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl View {
    /// Width and height of its drawing.
    pub(crate) const SIZE: (f64, f64) = (480.0, 270.0);

    /// Degrees of latitude that are shown at least, so that one sees where in the world it is.
    const HIGH_MIN: f64 = 16.0;

    /// The view that has these points (north, east) well inside; `None` where they lie too far apart or there are none.
    pub(crate) fn around(points: &[(f64, f64)]) -> Option<Self> {
        let fold = |of: fn(&(f64, f64)) -> f64| {
            points.iter().map(of).fold((f64::MAX, f64::MIN), |b, v| (b.0.min(v), b.1.max(v)))
        };
        let ((south, north), (west, east)) = (fold(|p| p.0), fold(|p| p.1));
        if points.is_empty() || points.iter().any(|p| !(p.0.abs() <= 90.0 && p.1.abs() <= 180.0)) {
            return None;
        }
        let (middle_n, middle_e) = (f64::midpoint(south, north), f64::midpoint(west, east));
        // A degree of longitude is shorter than one of latitude.
        let narrow = middle_n.to_radians().cos().max(0.25);
        let shape = Self::SIZE.0 / Self::SIZE.1;
        let high =
            Self::HIGH_MIN.max((north - south) * 1.6).max((east - west) * 1.6 * narrow / shape);
        let wide = high * shape / narrow;
        (high <= 90.0 && wide <= 180.0).then(|| Self {
            west: middle_e - wide / 2.0,
            east: middle_e + wide / 2.0,
            south: middle_n - high / 2.0,
            north: middle_n + high / 2.0,
        })
    }

    /// Where a point stands on the drawing.
    pub(crate) fn point(&self, north: f64, east: f64) -> (f64, f64) {
        (
            (east - self.west) / (self.east - self.west) * Self::SIZE.0,
            (self.north - north) / (self.north - self.south) * Self::SIZE.1,
        )
    }

    /// Draws what of a ring (east, north) lies in the view.
    pub(super) fn ring(&self, out: &mut String, ring: Vec<(f64, f64)>) {
        let outside = |beyond: &dyn Fn(&(f64, f64)) -> bool| ring.iter().all(beyond);
        if outside(&|p| p.0 < self.west)
            || outside(&|p| p.0 > self.east)
            || outside(&|p| p.1 < self.south)
            || outside(&|p| p.1 > self.north)
        {
            return;
        }
        let clipped = self.clip(ring).into_iter().map(|(east, north)| {
            let (x, y) = self.point(north, east);
            (x.round() as i32, y.round() as i32)
        });
        draw(out, clipped);
    }

    /// Cuts a ring at the view's four edges (Sutherland and Hodgman, 1974).
    fn clip(&self, ring: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
        let mut ring = ring;
        for (edge, upright, below) in [
            (self.west, true, false),
            (self.east, true, true),
            (self.south, false, false),
            (self.north, false, true),
        ] {
            let value = |p: &(f64, f64)| if upright { p.0 } else { p.1 };
            let inside = |p: &(f64, f64)| if below { value(p) <= edge } else { value(p) >= edge };
            let mut cut = Vec::with_capacity(ring.len());
            for (n, point) in ring.iter().enumerate() {
                let before = if n == 0 { ring.last() } else { ring.get(n - 1) };
                if let Some(before) = before
                    && inside(before) != inside(point)
                {
                    let t = (edge - value(before)) / (value(point) - value(before));
                    cut.push((
                        before.0 + t * (point.0 - before.0),
                        before.1 + t * (point.1 - before.1),
                    ));
                }
                if inside(point) {
                    cut.push(*point);
                }
            }
            ring = cut;
        }
        ring
    }
}
