//! From the parser's arcs to a tree: non-projective arcs restored, sentences found.

/// A label that says "the head is to be looked for below, by this label": `x||y`.
const LIFTED: &str = "||";

/// Puts arcs back that training had lifted to make trees projective. `label` gives a token's label now; answers are the
/// tokens whose head changed and, for all lifted ones, that only the part before `||` is the label.
///
/// # Source
///
/// J. Nivre and J. Nilsson, Pseudo-Projective Dependency Parsing, 2005, <https://aclanthology.org/P05-1013/>, as spaCy's
/// `nonproj.pyx` applies it.
pub(crate) fn deprojectivise<'a>(heads: &mut [u32], labels: &mut [&'a str], is_space: &[bool]) {
    for token in 0..heads.len() {
        let Some((own, wanted)) = labels.get(token).and_then(|l| l.split_once(LIFTED)) else {
            continue;
        };
        let own: &'a str = own;
        if let Some(found) = find_below(heads, labels, is_space, token, wanted)
            && let Some(head) = heads.get_mut(token)
        {
            *head = found;
        }
        if let Some(label) = labels.get_mut(token) {
            *label = own;
        }
    }
}

/// Breadth first from the token's head: the first token with the wanted label.
fn find_below(
    heads: &[u32],
    labels: &[&str],
    is_space: &[bool],
    token: usize,
    wanted: &str,
) -> Option<u32> {
    let mut level = vec![*heads.get(token)? as usize];
    // a tree is no deeper than it has tokens; the bound holds for a broken one
    for _ in 0..heads.len() {
        let mut next = Vec::new();
        for parent in level {
            for (child, head) in heads.iter().enumerate() {
                if *head as usize != parent || child == parent || child == token {
                    continue;
                }
                if is_space.get(child).is_some_and(|s| *s) {
                    continue;
                }
                if labels.get(child) == Some(&wanted) {
                    return u32::try_from(child).ok();
                }
                next.push(child);
            }
        }
        if next.is_empty() {
            return None;
        }
        level = next;
    }
    None
}

/// The leftmost token below each token, and whether each token starts a sentence.
pub(crate) struct Edges {
    pub(crate) left: Vec<u32>,
    pub(crate) starts: Vec<bool>,
}

/// Finds sentences: they start at the leftmost token below each root.
pub(crate) fn edges(heads: &[u32]) -> Edges {
    let len = heads.len();
    let mut left: Vec<u32> = (0..len as u32).collect();
    let mut starts = vec![false; len];
    // spaCy gives up after as many rounds
    for _ in 0..11 {
        for i in (0..len).chain((0..len).rev()) {
            let own = left.get(i).copied().unwrap_or(0);
            let head = heads.get(i).map_or(i, |h| *h as usize);
            if let Some(of_head) = left.get_mut(head)
                && own < *of_head
            {
                *of_head = own;
            }
        }
        starts.fill(false);
        for (i, head) in heads.iter().enumerate() {
            if *head as usize == i
                && let Some(start) = left.get(i).and_then(|l| starts.get_mut(*l as usize))
            {
                *start = true;
            }
        }
        if heads_stay_inside(heads, &starts) {
            break;
        }
    }
    Edges { left, starts }
}

fn heads_stay_inside(heads: &[u32], starts: &[bool]) -> bool {
    let len = heads.len();
    let mut from = 0;
    for i in 0..len {
        if i > 0 && starts.get(i) == Some(&true) || i + 1 == len {
            let inside = |h: &u32| (from..=i).contains(&(*h as usize));
            if !heads.get(from..i).unwrap_or(&[]).iter().all(inside) {
                return false;
            }
            from = i;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifted_arcs_are_put_back() {
        // 0 <- 1 -> 2 -> 3, and 4 was lifted from 3 to 1
        let mut heads = [1, 1, 1, 2, 1];
        let mut labels = ["nsubj", "ROOT", "xcomp", "dobj", "prep||dobj"];
        deprojectivise(&mut heads, &mut labels, &[false; 5]);
        assert_eq!((heads, labels), ([1, 1, 1, 2, 3], ["nsubj", "ROOT", "xcomp", "dobj", "prep"]));
    }

    #[test]
    fn sentences_start_left_of_their_roots() {
        let edges = edges(&[1, 1, 1, 4, 4]);
        assert_eq!(edges.starts, [true, false, false, true, false]);
        assert_eq!(edges.left, [0, 0, 2, 3, 3]);
    }
}
