//! Many invented outlets at once, made up as they are asked for: for benches of a thousand feeds.
//!
//! Eight outlets at a time tell the same affairs, each affair with names of its own, so that stories are as many and as large as
//! among news. Outlet N has `/crowd/N/feed.xml` and pages `/crowd/N/M.html`, M counting its articles since 1970. Nothing is kept,
//! so a run may last for hours.

mod affair;

use jiff::Timestamp;

use super::Found;
use crate::seed::Chance;
use affair::Affair;

/// How many outlets, and how busy.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// Outlets.
    pub outlets: u32,
    /// Articles of one outlet in an hour.
    pub per_hour: u32,
    /// Articles that its feed shows.
    pub window: u32,
}

/// Numbers that look drawn, the same for the same place.
struct Drawn(Chance);

impl Drawn {
    fn below(&mut self, n: u64) -> u64 {
        self.0.bits() % n.max(1)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let n = self.below(of.len() as u64);
        usize::try_from(n).ok().and_then(|n| of.get(n)).copied().unwrap_or_default()
    }
}

impl Crowd {
    /// Paths of all feeds.
    pub fn feeds(self) -> impl Iterator<Item = String> {
        (0..self.outlets).map(|n| format!("/crowd/{n}/feed.xml"))
    }

    /// What stands at a path.
    pub(super) fn find(self, path: &str, now: Timestamp) -> Option<Found> {
        let (outlet, rest) = path.strip_prefix("/crowd/")?.split_once('/')?;
        let outlet: u32 = outlet.parse().ok().filter(|n| *n < self.outlets)?;
        if rest == "feed.xml" {
            let newest = self.newest(outlet, now);
            let changed = self.published(outlet, newest);
            return Some(Found::text("application/atom+xml", self.feed(outlet, newest), changed));
        }
        let n: i64 = rest.strip_suffix(".html")?.parse().ok()?;
        let at = self.published(outlet, n).filter(|at| *at <= now)?;
        Some(Found::text("text/html; charset=utf-8", page(outlet, n, at), Some(at)))
    }

    /// Outlets do not publish at the same second.
    fn shift(self, outlet: u32) -> i64 {
        let pause = 3600 / i64::from(self.per_hour.max(1));
        i64::from(outlet) * pause / i64::from(self.outlets.max(1))
    }

    fn newest(self, outlet: u32, now: Timestamp) -> i64 {
        (now.as_second() - self.shift(outlet)) * i64::from(self.per_hour) / 3600
    }

    fn published(self, outlet: u32, n: i64) -> Option<Timestamp> {
        let secs = n.checked_mul(3600)? / i64::from(self.per_hour.max(1));
        Timestamp::from_second(secs + self.shift(outlet)).ok()
    }

    fn feed(self, outlet: u32, newest: i64) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Ward {outlet} Courier</title>"
        );
        for n in (newest - i64::from(self.window) + 1..=newest).rev() {
            let at = self.published(outlet, n).unwrap_or_default();
            let title = Affair::of(outlet, n).headline();
            out.push_str(&format!(
                "<entry><id>tag:ward,{outlet}:{n}</id><title>{title}</title><link href=\"/crowd/{outlet}/{n}.html\"/><updated>{at}</updated><summary>{title}.</summary></entry>"
            ));
        }
        out.push_str("</feed>");
        out
    }
}

fn drawn(outlet: u32, n: i64) -> Drawn {
    Drawn(Chance(u64::from(outlet) << 40 ^ n.unsigned_abs()))
}

/// A page as outlets make them: thirty thousand bytes, a tenth of them the article.
fn page(outlet: u32, n: i64, at: Timestamp) -> String {
    let mut drawn = drawn(outlet, n);
    let affair = Affair::of(outlet, n);
    let title = affair.headline();
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} - Ward {outlet} Courier</title>\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:site_name\" content=\"Ward {outlet} Courier\">\
         <script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"headline\":\"{title}\",\
         \"datePublished\":\"{at}\",\"author\":{{\"@type\":\"Person\",\"name\":\"Mira Holt\"}}}}</script><style>"
    );
    for rule in 0..120 {
        out.push_str(&format!(".part-{rule}{{margin:{rule}px;color:#33{rule:02};display:block}}"));
    }
    out.push_str("</style></head><body><header><nav><ul>");
    for section in 0..60 {
        out.push_str(&format!(
            "<li class=\"part-{section}\"><a href=\"/section/{section}\">Section {section}</a></li>"
        ));
    }
    out.push_str(&format!(
        "</ul></nav></header><main><article><h1>{title}</h1><p class=\"by\">By Mira Holt</p><p>{}</p>",
        affair.lead()
    ));
    for _ in 0..9 {
        out.push_str("<p>");
        for _ in 0..=2 + drawn.below(2) {
            out.push_str(&affair.sentence(&mut drawn));
            out.push(' ');
        }
        out.push_str("</p>\n");
    }
    out.push_str("<p>Never miss a story: sign up for the letter of the Courier.</p></article><aside><h2>Most read</h2><ul>");
    for other in 0..40 {
        let n = n - other - 1;
        let title = Affair::of(outlet, n).headline();
        out.push_str(&format!(
            "<li><div class=\"card part-{other}\"><a href=\"/crowd/{outlet}/{n}.html\"><span>{title}</span></a><time>{at}</time></div></li>"
        ));
    }
    out.push_str("</ul></aside></main><footer><script>");
    for line in 0..120 {
        out.push_str(&format!(
            "window.queue=window.queue||[];window.queue.push({{slot:{line},name:'part-{line}'}});\n"
        ));
    }
    out.push_str("</script><p>All rights of the Ward Courier.</p></footer></body></html>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_feed_shows_is_there_and_nothing_else() {
        let crowd = Crowd { outlets: 3, per_hour: 60, window: 5 };
        let now = Timestamp::from_second(1_793_858_400).unwrap();
        for path in crowd.feeds() {
            let feed = String::from_utf8(crowd.find(&path, now).unwrap().body).unwrap();
            let links: Vec<&str> =
                feed.split("href=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
            assert_eq!(links.len(), 5);
            for link in &links {
                let page = crowd.find(link, now).unwrap();
                assert!((20_000..60_000).contains(&page.body.len()), "{}", page.body.len());
            }
            let newest: i64 =
                links[0].rsplit('/').next().unwrap().trim_end_matches(".html").parse().unwrap();
            let tomorrow = links[0].replace(&newest.to_string(), &(newest + 1).to_string());
            assert!(crowd.find(&tomorrow, now).is_none(), "not published yet");
        }
        assert!(crowd.find("/crowd/3/feed.xml", now).is_none());
    }
}
