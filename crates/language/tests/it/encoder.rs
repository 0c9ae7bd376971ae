//! The sentence encoder against its original.

use language::Encoder;

use super::packs::{M3, data};

#[test]
fn sentences_have_the_originals_vectors() {
    let encoder = Encoder::load(&M3.folder()).expect("the pack loads");
    let all = data("m3.jsonl");
    let texts: Vec<&str> = all.iter().filter_map(|e| e["text"].as_str()).collect();
    let vectors = encoder.encode(&texts);
    assert_eq!(vectors.len(), texts.len());
    for (vector, expected) in vectors.iter().zip(&all) {
        let some = expected["every_16th"].as_array().expect("numbers");
        for (got, want) in vector.iter().step_by(16).zip(some) {
            let want = want.as_f64().expect("a number");
            assert!(
                (f64::from(*got) - want).abs() < 1e-4,
                "{got} for {want}: {}",
                expected["text"]
            );
        }
        let length: f32 = vector.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-4);
    }
    let cosine =
        |a: usize, b: usize| vectors[a].iter().zip(&vectors[b]).map(|(x, y)| x * y).sum::<f32>();
    // the first five tell one thing in five languages, the sixth another
    assert!((1..5).all(|i| cosine(0, i) > cosine(0, 5) + 0.2));
    let alone = encoder.encode(&texts[..1]);
    assert!(alone[0].iter().zip(&vectors[0]).all(|(a, b)| (a - b).abs() < 1e-5));
}
