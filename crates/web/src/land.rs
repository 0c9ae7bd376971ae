//! The outline of the world's countries: read from a shapefile when the pack is installed, drawn as SVG when a page is made.
//!
//! # Source
//!
//! ESRI Shapefile Technical Description, July 1998 (polygons only); Natural Earth projection: Šavrič, Jenny, Patterson, Petrovič
//! and Hurni, A polynomial equation for the Natural Earth projection, 2011.
#![expect(clippy::let_underscore_must_use, reason = "writing into a String cannot fail")]

use std::fmt::Write;

/// The largest shapefile that is read, bytes.
const FILE_BYTES_MAX: usize = 16 << 20;

/// Rings that are read.
const RINGS_MAX: usize = 20_000;

/// Points that are read, of all rings together.
const POINTS_MAX: usize = 500_000;

/// What a compiled outline begins with.
const MAGIC: &[u8; 12] = b"uts land 1\n\0";

/// Hundredths of a degree: how exactly points are kept.
const FINE: f64 = 100.0;

/// Width of the world's drawing; a unit is a tenth of a pixel at 960.
pub(crate) const WORLD_WIDTH: f64 = 9_600.0;

/// Height of the world's drawing: from 84° north to 58° south.
pub(crate) const WORLD_HEIGHT: f64 = 4_500.0;

/// The northernmost latitude that is drawn.
const NORTH: f64 = 84.0;

/// Rings that reach farther south are left out: nobody reports from there.
const SOUTH: f64 = -60.0;

/// The outline of all land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Land {
    /// Each closed; east and north in hundredths of a degree.
    rings: Vec<Vec<(i16, i16)>>,
}

/// Why bytes are no outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLand(&'static str);

impl std::fmt::Display for NoLand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoLand {}

/// Numbers out of bytes; what is not there is an error, never a panic.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], NoLand> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(NoLand("the file ends too early"))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NoLand> {
        self.take(N)?.try_into().map_err(|_| NoLand("the file ends too early"))
    }

    fn count(&mut self, most: usize) -> Result<usize, NoLand> {
        let n = u32::from_le_bytes(self.array()?) as usize;
        if n > most { Err(NoLand("a count is too large")) } else { Ok(n) }
    }
}

impl Land {
    /// Reads the polygons of a shapefile.
    ///
    /// # Errors
    ///
    /// [`NoLand`] for bytes that are no shapefile of polygons.
    ///
    /// # Limits
    ///
    /// 16 MiB, 20,000 rings, 500,000 points.
    pub fn from_shapefile(bytes: &[u8]) -> Result<Self, NoLand> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(NoLand("the file is too large"));
        }
        let mut file = Bytes(bytes);
        let mut head = Bytes(file.take(100)?);
        if head.array()? != 9994_i32.to_be_bytes() {
            return Err(NoLand("this is no shapefile"));
        }
        head.take(28)?;
        if head.array()? != 5_i32.to_le_bytes() {
            return Err(NoLand("this shapefile holds no polygons"));
        }
        let (mut rings, mut points) = (Vec::new(), 0);
        while !file.0.is_empty() {
            file.take(4)?;
            // Lengths are in words of two bytes.
            let words = u32::from_be_bytes(file.array()?) as usize;
            let record = file.take(words.checked_mul(2).ok_or(NoLand("a record is too long"))?)?;
            polygon(record, &mut rings, &mut points)?;
        }
        Ok(Self { rings })
    }

    /// The outline in our own short form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend((self.rings.len() as u32).to_le_bytes());
        for ring in &self.rings {
            out.extend((ring.len() as u32).to_le_bytes());
            for (east, north) in ring {
                out.extend(east.to_le_bytes());
                out.extend(north.to_le_bytes());
            }
        }
        out
    }

    /// Reads the short form.
    ///
    /// # Errors
    ///
    /// [`NoLand`] for other bytes.
    ///
    /// # Limits
    ///
    /// Those of [`Land::from_shapefile`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoLand> {
        let mut file = Bytes(bytes);
        if &file.array::<12>()? != MAGIC {
            return Err(NoLand("this is no compiled outline"));
        }
        let count = file.count(RINGS_MAX)?;
        let mut rings = Vec::new();
        let mut left = POINTS_MAX;
        for _ in 0..count {
            let length = file.count(left)?;
            left -= length;
            let mut points = Bytes(file.take(length * 4)?);
            let mut ring = Vec::with_capacity(length);
            for _ in 0..length {
                let east = i16::from_le_bytes(points.array()?);
                ring.push((east, i16::from_le_bytes(points.array()?)));
            }
            rings.push(ring);
        }
        Ok(Self { rings })
    }

    /// The whole world as one path, in the units of [`WORLD_WIDTH`].
    pub(crate) fn world(&self) -> String {
        let mut out = String::new();
        for ring in &self.rings {
            if ring.iter().any(|(_, north)| f64::from(*north) / FINE < SOUTH) {
                continue;
            }
            let drawn = ring.iter().map(|(east, north)| {
                let (x, y) = world_point(f64::from(*north) / FINE, f64::from(*east) / FINE);
                (x.round() as i32, y.round() as i32)
            });
            draw(&mut out, drawn);
        }
        out
    }

    /// What of the world lies in a view, as one path in the view's units.
    pub(crate) fn part(&self, view: &View) -> String {
        let mut out = String::new();
        for ring in &self.rings {
            let degrees =
                |(east, north): &(i16, i16)| (f64::from(*east) / FINE, f64::from(*north) / FINE);
            let inside = ring.iter().map(degrees);
            let bounds =
                inside.clone().fold((f64::MAX, f64::MIN, f64::MAX, f64::MIN), |b, (x, y)| {
                    (b.0.min(x), b.1.max(x), b.2.min(y), b.3.max(y))
                });
            if bounds.0 > view.east
                || bounds.1 < view.west
                || bounds.2 > view.north
                || bounds.3 < view.south
            {
                continue;
            }
            let clipped = view.clip(inside.collect());
            draw(
                &mut out,
                clipped.into_iter().map(|(east, north)| {
                    let (x, y) = view.point(north, east);
                    (x.round() as i32, y.round() as i32)
                }),
            );
        }
        out
    }
}

/// One record: its shape's rings. Empty shapes are passed over.
fn polygon(
    record: &[u8],
    rings: &mut Vec<Vec<(i16, i16)>>,
    points: &mut usize,
) -> Result<(), NoLand> {
    let mut record = Bytes(record);
    if record.array()? != 5_i32.to_le_bytes() {
        return Ok(());
    }
    record.take(32)?;
    let parts = record.count(RINGS_MAX.saturating_sub(rings.len()))?;
    let length = record.count(POINTS_MAX.saturating_sub(*points))?;
    *points += length;
    let mut starts = Vec::with_capacity(parts + 1);
    for _ in 0..parts {
        starts.push(record.count(length)?);
    }
    starts.push(length);
    let mut all = Vec::with_capacity(length);
    for _ in 0..length {
        let (east, north) =
            (f64::from_le_bytes(record.array()?), f64::from_le_bytes(record.array()?));
        // What is no number becomes 0, what is off the globe its edge.
        let keep = |degrees: f64, most: f64| (degrees.clamp(-most, most) * FINE).round() as i16;
        all.push((keep(east, 180.0), keep(north, 90.0)));
    }
    for pair in starts.windows(2) {
        if let [from, to] = pair
            && let Some(ring) = all.get(*from..*to)
            && ring.len() > 3
        {
            rings.push(ring.to_vec());
        }
    }
    Ok(())
}

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
fn draw(out: &mut String, points: impl Iterator<Item = (i32, i32)>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A shapefile of these polygons, each a list of rings.
    fn shapefile(polygons: &[Vec<Vec<(f64, f64)>>]) -> Vec<u8> {
        let mut out = vec![0; 100];
        out.splice(0..4, 9994_i32.to_be_bytes());
        out.splice(32..36, 5_i32.to_le_bytes());
        for (n, rings) in polygons.iter().enumerate() {
            let mut record = 5_i32.to_le_bytes().to_vec();
            record.extend([0; 32]);
            record.extend((rings.len() as u32).to_le_bytes());
            record.extend((rings.iter().map(Vec::len).sum::<usize>() as u32).to_le_bytes());
            let mut start = 0_u32;
            for ring in rings {
                record.extend(start.to_le_bytes());
                start += ring.len() as u32;
            }
            for (east, north) in rings.iter().flatten() {
                record.extend(east.to_le_bytes());
                record.extend(north.to_le_bytes());
            }
            out.extend((n as u32 + 1).to_be_bytes());
            out.extend((record.len() as u32 / 2).to_be_bytes());
            out.extend(record);
        }
        out
    }

    fn square(east: f64, north: f64, size: f64) -> Vec<(f64, f64)> {
        vec![
            (east, north),
            (east, north + size),
            (east + size, north + size),
            (east + size, north),
            (east, north),
        ]
    }

    #[test]
    fn polygons_are_read_and_kept() {
        let file = shapefile(&[
            vec![square(0.0, 0.0, 10.0), square(20.0, 20.0, 1.0)],
            vec![square(-60.0, -90.0, 5.0)],
        ]);
        let land = Land::from_shapefile(&file).unwrap();
        assert_eq!(land.rings.len(), 3);
        assert_eq!(land.rings[0][2], (1000, 1000));
        assert_eq!(Land::from_bytes(&land.to_bytes()), Ok(land.clone()));
        // The ring in the far south is left out.
        assert_eq!(land.world().matches('M').count(), 2);
    }

    #[test]
    fn no_bytes_make_it_panic_or_grow() {
        let good = shapefile(&[vec![square(0.0, 0.0, 10.0)], vec![square(30.0, 5.0, 7.0)]]);
        let kept = Land::from_shapefile(&good).unwrap().to_bytes();
        let mut seed = 7_u64;
        let mut chance = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        let (mut read, mut refused) = (0, 0);
        for _ in 0..20_000 {
            for source in [&good, &kept] {
                let mut bytes = source.clone();
                for _ in 0..1 + chance() % 4 {
                    let at = chance() % bytes.len();
                    bytes[at] = [0, 0xff, 0x7f, 0x80, chance() as u8][chance() % 5];
                }
                bytes.truncate(bytes.len() - chance() % 3 * (chance() % bytes.len()) / 2);
                for land in [Land::from_shapefile(&bytes), Land::from_bytes(&bytes)] {
                    match land {
                        Ok(land) => {
                            read += 1;
                            assert!(land.rings.iter().map(Vec::len).sum::<usize>() <= bytes.len());
                            drop(land.world());
                            drop(View::around(&[(5.0, 5.0)]).map(|view| land.part(&view)));
                        }
                        Err(_) => refused += 1,
                    }
                }
            }
        }
        assert!(read > 100 && refused > 100, "{read} {refused}");
        assert_eq!(Land::from_shapefile(b""), Err(NoLand("the file ends too early")));
    }

    #[test]
    fn the_middle_is_in_the_middle() {
        let check = |north: f64, east: f64, x: f64, y: f64| {
            let found = world_point(north, east);
            assert!((found.0 - x).abs() < 60.0 && (found.1 - y).abs() < 60.0, "{found:?}");
        };
        check(0.0, 0.0, 4800.0, 2417.0);
        check(0.0, 180.0, 9600.0, 2417.0);
        check(84.0, 0.0, 4800.0, 0.0);
        assert!(world_point(-58.0, 0.0).1 < WORLD_HEIGHT);
    }

    #[test]
    fn a_view_has_its_points_inside_and_cuts_what_is_outside() {
        let view = View::around(&[(50.0, 10.0), (52.0, 14.0)]).unwrap();
        let (x, y) = view.point(51.0, 12.0);
        assert_eq!((x.round(), y.round()), (240.0, 135.0));
        let land = Land::from_shapefile(&shapefile(&[
            vec![square(-100.0, 0.0, 151.0)],
            vec![square(100.0, 0.0, 5.0)],
        ]))
        .unwrap();
        let path = land.part(&view);
        assert_eq!(path.matches('M').count(), 1, "{path}");
        assert!(View::around(&[(0.0, -170.0), (0.0, 170.0)]).is_none());
        assert!(View::around(&[]).is_none() && View::around(&[(f64::NAN, 0.0)]).is_none());
    }
}
