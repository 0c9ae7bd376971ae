//! The outline of the world's countries: read from a shapefile when the pack is installed, drawn as SVG when a page is made.
//!
//! # Source
//!
//! ESRI Shapefile Technical Description, July 1998; polygons only.

mod view;

pub(crate) use view::{View, WORLD_HEIGHT, WORLD_WIDTH, world_point};

use view::draw;

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
        self.take(N)?.try_into().ok().ok_or(NoLand("the file ends too early"))
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
            view.ring(&mut out, ring.iter().map(degrees).collect());
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
                for _ in 0..=chance() % 4 {
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
