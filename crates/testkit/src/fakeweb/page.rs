//! Article pages and front pages of the fake web, with the furniture of real ones.

use serde_json::json;

use super::Shared;
use super::listing::{Item, escape, put};
use crate::day::{Block, Outlet, PageStyle, Version};

/// Headlines beside an article.
const RELATED_MAX: usize = 5;

/// What the furniture says in a language.
struct Words {
    home: &'static str,
    sections: [&'static str; 5],
    search: &'static str,
    log_in: &'static str,
    by: &'static str,
    published: &'static str,
    updated: &'static str,
    share: &'static str,
    more: &'static str,
    read_also: &'static str,
    most_read: &'static str,
    letter: &'static str,
    address: &'static str,
    sign_up: &'static str,
    correction: &'static str,
    cookies: &'static str,
    agree: &'static str,
    imprint: [&'static str; 3],
    rights: &'static str,
}

const ENGLISH: Words = Words {
    home: "Home",
    sections: ["World", "Business", "Culture", "Sport", "Opinion"],
    search: "Search",
    log_in: "Log in",
    by: "By",
    published: "Published",
    updated: "Updated",
    share: "Share this article",
    more: "More from",
    read_also: "Read also",
    most_read: "Most read",
    letter: "The day in five minutes, every evening by e-mail",
    address: "Your e-mail address",
    sign_up: "Sign up",
    correction: "Correction",
    cookies: "We use cookies to measure how our pages are read.",
    agree: "Agree",
    imprint: ["About us", "Contact", "Privacy"],
    rights: "All rights reserved",
};
const GERMAN: Words = Words {
    home: "Startseite",
    sections: ["Politik", "Wirtschaft", "Kultur", "Sport", "Meinung"],
    search: "Suche",
    log_in: "Anmelden",
    by: "Von",
    published: "Veröffentlicht",
    updated: "Aktualisiert",
    share: "Artikel teilen",
    more: "Mehr aus",
    read_also: "Lesen Sie auch",
    most_read: "Meistgelesen",
    letter: "Der Tag in fünf Minuten, jeden Abend per E-Mail",
    address: "Ihre E-Mail-Adresse",
    sign_up: "Bestellen",
    correction: "Korrektur",
    cookies: "Wir verwenden Cookies, um die Nutzung unserer Seiten zu messen.",
    agree: "Einverstanden",
    imprint: ["Impressum", "Kontakt", "Datenschutz"],
    rights: "Alle Rechte vorbehalten",
};
const FRENCH: Words = Words {
    home: "Accueil",
    sections: ["Monde", "Économie", "Culture", "Sport", "Débats"],
    search: "Rechercher",
    log_in: "Se connecter",
    by: "Par",
    published: "Publié le",
    updated: "Mis à jour le",
    share: "Partager l’article",
    more: "Plus d’articles de",
    read_also: "Lire aussi",
    most_read: "Les plus lus",
    letter: "L’essentiel de la journée en cinq minutes, chaque soir par courriel",
    address: "Votre adresse électronique",
    sign_up: "Je m’inscris",
    correction: "Rectificatif",
    cookies: "Nous utilisons des cookies pour mesurer notre audience.",
    agree: "Accepter",
    imprint: ["Qui sommes-nous", "Contact", "Mentions légales"],
    rights: "Tous droits réservés",
};
const RUSSIAN: Words = Words {
    home: "Главная",
    sections: ["Мир", "Экономика", "Культура", "Спорт", "Мнения"],
    search: "Поиск",
    log_in: "Войти",
    by: "Автор:",
    published: "Опубликовано",
    updated: "Обновлено",
    share: "Поделиться",
    more: "Ещё от",
    read_also: "Читайте также",
    most_read: "Самое читаемое",
    letter: "Главное за день за пять минут — каждый вечер на почту",
    address: "Ваш адрес",
    sign_up: "Подписаться",
    correction: "Исправление",
    cookies: "Мы используем файлы cookie, чтобы измерять посещаемость.",
    agree: "Понятно",
    imprint: ["О редакции", "Контакты", "Правила"],
    rights: "Все права защищены",
};

fn words(language: &str) -> &'static Words {
    match language.split('-').next() {
        Some("de") => &GERMAN,
        Some("fr") => &FRENCH,
        Some("ru") => &RUSSIAN,
        _ => &ENGLISH,
    }
}

/// The text of an article as feeds carry it.
pub(super) fn body(version: &Version) -> String {
    blocks(version, None, "")
}

/// The blocks as HTML; `aside` stands after the third of them, as teasers do.
fn blocks(version: &Version, class: Option<&str>, aside: &str) -> String {
    let class = class.map(|class| format!(" class=\"{class}\"")).unwrap_or_default();
    let mut out = String::new();
    for (place, block) in version.blocks.iter().enumerate() {
        match block {
            Block::Paragraph(text) | Block::Promotion(text) => {
                put!(out, "<p{class}>{}</p>\n", escape(text));
            }
            Block::Heading(text) => put!(out, "<h2>{}</h2>\n", escape(text)),
            Block::Quote(text) => {
                put!(out, "<blockquote><p>{}</p></blockquote>\n", escape(text));
            }
            Block::List(items) => {
                out.push_str("<ul>\n");
                for item in items {
                    put!(out, "<li>{}</li>\n", escape(item));
                }
                out.push_str("</ul>\n");
            }
        }
        if place == 2 && version.blocks.len() > 4 {
            out.push_str(aside);
        }
    }
    out
}

/// The page of an article; `items` are the outlet's articles, for the furniture.
pub(super) fn article(
    web: &Shared,
    outlet: &Outlet,
    item: &Item<'_>,
    items: &[Item<'_>],
) -> String {
    let words = words(&outlet.language);
    let others: Vec<&Item<'_>> = items
        .iter()
        .filter(|other| other.article.id != item.article.id)
        .take(RELATED_MAX)
        .collect();
    let mut out = head(outlet, &item.version.title, &metadata(web, outlet, item));
    out.push_str(&masthead(web, outlet, words));
    put!(
        out,
        "<nav class=\"breadcrumb\" aria-label=\"breadcrumb\"><a href=\"/{}/\">{}</a> › <span>{}</span></nav>\n",
        outlet.id,
        words.home,
        escape(&item.article.section)
    );
    out.push_str(&match outlet.page {
        PageStyle::JsonLd => with_json_ld(outlet, item, words, &others),
        PageStyle::Meta => with_meta(outlet, item, words, &others),
        PageStyle::Microdata => with_microdata(item, words, &others),
        PageStyle::Plain => plain(item, words),
    });
    out.push_str(&rail(outlet, words, &others));
    out.push_str(&foot(outlet, words));
    out
}

/// The front page of an outlet.
pub(super) fn front(web: &Shared, outlet: &Outlet, items: &[Item<'_>]) -> String {
    let words = words(&outlet.language);
    let kind = match outlet.listing {
        crate::day::Listing::Rss => Some("application/rss+xml"),
        crate::day::Listing::Atom => Some("application/atom+xml"),
        crate::day::Listing::JsonFeed => Some("application/feed+json"),
        crate::day::Listing::Sitemap => None,
    };
    let feed = kind.map(|kind| {
        format!(
            "<link rel=\"alternate\" type=\"{kind}\" title=\"{}\" href=\"{}\">\n",
            escape(&outlet.name),
            web.listing_url(outlet)
        )
    });
    let mut out = head(outlet, &outlet.name, &feed.unwrap_or_default());
    out.push_str(&masthead(web, outlet, words));
    put!(out, "<main>\n<h1>{}</h1>\n", escape(&outlet.name));
    for item in items {
        put!(
            out,
            "<article class=\"teaser\"><h2><a href=\"{}\">{}</a></h2><p>{}</p><time datetime=\"{}\">{}</time></article>\n",
            escape(&item.url),
            escape(&item.version.title),
            escape(item.version.summary()),
            item.published.rfc3339(),
            item.published.printed()
        );
    }
    out.push_str("</main>\n");
    out.push_str(&foot(outlet, words));
    out
}

fn head(outlet: &Outlet, title: &str, more: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} – {}</title>\n{more}<style>.sr{{position:absolute}}</style>\n</head>\n<body>\n",
        outlet.language,
        escape(title),
        escape(&outlet.name)
    )
}

/// What the head of an article page says, by the outlet's habits.
fn metadata(web: &Shared, outlet: &Outlet, item: &Item<'_>) -> String {
    let version = item.version;
    let mut out = String::new();
    put!(out, "<link rel=\"canonical\" href=\"{}\">\n", escape(&item.url));
    let mut tag = |key: &str, name: &str, content: &str| {
        put!(out, "<meta {key}=\"{name}\" content=\"{}\">\n", escape(content));
    };
    match outlet.page {
        PageStyle::JsonLd => {
            tag("property", "og:type", "article");
            tag("property", "og:title", &version.title);
            let authors = version.authors.iter();
            let about = json!({
                "@context": "https://schema.org",
                "@type": "NewsArticle",
                "mainEntityOfPage": item.url,
                "headline": version.title,
                "description": version.summary(),
                "datePublished": item.published.rfc3339(),
                "dateModified": version.at.rfc3339(),
                "inLanguage": outlet.language,
                "articleSection": item.article.section,
                "isAccessibleForFree": true,
                "author": authors.map(|name| json!({"@type": "Person", "name": name})).collect::<Vec<_>>(),
                "publisher": {
                    "@type": "NewsMediaOrganization",
                    "name": outlet.name,
                    "url": format!("{}/{}/", web.base, outlet.id),
                },
            });
            // No `</script>` may stand inside.
            let about = about.to_string().replace('<', "\\u003c");
            put!(out, "<script type=\"application/ld+json\">{about}</script>\n");
        }
        PageStyle::Meta => {
            tag("name", "description", version.summary());
            tag("name", "author", &version.authors.join(", "));
            tag("property", "og:type", "article");
            tag("property", "og:site_name", &outlet.name);
            tag("property", "og:title", &version.title);
            tag("property", "og:url", &item.url);
            tag("property", "article:published_time", &item.published.rfc3339());
            tag("property", "article:modified_time", &version.at.rfc3339());
            tag("property", "article:section", &item.article.section);
            tag("name", "twitter:card", "summary");
        }
        PageStyle::Microdata => tag("name", "description", version.summary()),
        PageStyle::Plain => {}
    }
    out
}

fn masthead(web: &Shared, outlet: &Outlet, words: &Words) -> String {
    let mut out = format!(
        "<div class=\"cookie-banner\" role=\"dialog\"><p>{}</p><button>{}</button></div>\n\
         <header class=\"masthead\"><a class=\"logo\" href=\"{}/{}/\">{}</a>\n<nav class=\"main-nav\"><ul>\n",
        words.cookies,
        words.agree,
        web.base,
        outlet.id,
        escape(&outlet.name)
    );
    for section in words.sections {
        put!(
            out,
            "<li><a href=\"/{}/#{}\">{section}</a></li>\n",
            outlet.id,
            section.to_lowercase()
        );
    }
    put!(
        out,
        "</ul></nav>\n<form role=\"search\"><input type=\"search\" placeholder=\"{}\"></form>\n\
         <a href=\"/{}/account/\">{}</a></header>\n",
        words.search,
        outlet.id,
        words.log_in
    );
    out
}

fn share(words: &Words) -> String {
    format!(
        "<div class=\"share\"><span>{}</span> <a href=\"#\">E-Mail</a> <a href=\"#\">Telegram</a> <a href=\"#\">WhatsApp</a></div>\n",
        words.share
    )
}

fn correction(version: &Version, words: &Words) -> String {
    let note = version.correction.as_deref();
    note.map(|note| {
        format!(
            "<p class=\"correction\"><strong>{}:</strong> {}</p>\n",
            words.correction,
            escape(note)
        )
    })
    .unwrap_or_default()
}

fn teaser(words: &Words, others: &[&Item<'_>]) -> String {
    others.first().map_or_else(String::new, |other| {
        format!(
            "<aside class=\"read-also\"><span>{}</span> <a href=\"{}\">{}</a></aside>\n",
            words.read_also,
            escape(&other.url),
            escape(&other.version.title)
        )
    })
}

/// When it was published and changed, as a page prints it.
fn times(item: &Item<'_>, words: &Words) -> String {
    let mut out = format!(
        "<time datetime=\"{}\">{} {}</time>",
        item.published.rfc3339(),
        words.published,
        item.published.printed()
    );
    if item.version.at.at > item.published.at {
        put!(
            out,
            " <time datetime=\"{}\">{} {}</time>",
            item.version.at.rfc3339(),
            words.updated,
            item.version.at.printed()
        );
    }
    out
}

fn with_json_ld(outlet: &Outlet, item: &Item<'_>, words: &Words, others: &[&Item<'_>]) -> String {
    let version = item.version;
    let mut out = format!(
        "<main>\n<article class=\"story\">\n<header><p class=\"kicker\">{}</p><h1>{}</h1>\n",
        escape(&item.article.section),
        escape(&version.title)
    );
    if let Some(standfirst) = &version.standfirst {
        put!(out, "<p class=\"standfirst\">{}</p>\n", escape(standfirst));
    }
    put!(
        out,
        "<p class=\"byline\">{} {}</p><p class=\"dates\">{}</p></header>\n{}",
        words.by,
        escape(&version.authors.join(", ")),
        times(item, words),
        share(words)
    );
    let aside = if outlet.language == "fr" { teaser(words, others) } else { String::new() };
    put!(out, "<div class=\"story-body\">\n{}</div>\n", blocks(version, None, &aside));
    out.push_str(&correction(version, words));
    out.push_str("</article>\n</main>\n");
    out
}

fn with_meta(outlet: &Outlet, item: &Item<'_>, words: &Words, others: &[&Item<'_>]) -> String {
    let version = item.version;
    let mut out =
        format!("<div id=\"content\">\n<h1 class=\"headline\">{}</h1>\n", escape(&version.title));
    if let Some(standfirst) = &version.standfirst {
        put!(out, "<h2 class=\"subhead\">{}</h2>\n", escape(standfirst));
    }
    put!(
        out,
        "<div class=\"meta\"><span class=\"author\">{}</span> | <span class=\"date\">{}</span></div>\n",
        escape(&version.authors.join(", ")),
        times(item, words)
    );
    let aside = if outlet.language == "de" { teaser(words, others) } else { String::new() };
    put!(
        out,
        "<div class=\"article-text\">\n{}</div>\n",
        blocks(version, Some("paragraph"), &aside)
    );
    out.push_str(&correction(version, words));
    out.push_str(&share(words));
    out.push_str("</div>\n");
    out
}

fn with_microdata(item: &Item<'_>, words: &Words, others: &[&Item<'_>]) -> String {
    let version = item.version;
    let mut out = format!(
        "<main>\n<article itemscope itemtype=\"https://schema.org/NewsArticle\">\n\
         <span itemprop=\"articleSection\">{}</span>\n<h1 itemprop=\"headline\">{}</h1>\n",
        escape(&item.article.section),
        escape(&version.title)
    );
    if let Some(standfirst) = &version.standfirst {
        put!(out, "<p class=\"lead-in\" itemprop=\"description\">{}</p>\n", escape(standfirst));
    }
    put!(out, "<p class=\"author-line\">{} ", words.by);
    for name in &version.authors {
        put!(
            out,
            "<span itemprop=\"author\" itemscope itemtype=\"https://schema.org/Person\"><span itemprop=\"name\">{}</span></span> ",
            escape(name)
        );
    }
    put!(
        out,
        "· <time itemprop=\"datePublished\" datetime=\"{}\">{}</time>",
        item.published.rfc3339(),
        item.published.printed()
    );
    if version.at.at > item.published.at {
        put!(
            out,
            " · {} <time itemprop=\"dateModified\" datetime=\"{}\">{}</time>",
            words.updated,
            version.at.rfc3339(),
            version.at.printed()
        );
    }
    put!(
        out,
        "</p>\n<div itemprop=\"articleBody\">\n{}</div>\n",
        blocks(version, None, &teaser(words, others))
    );
    out.push_str(&correction(version, words));
    out.push_str(&share(words));
    out.push_str("</article>\n</main>\n");
    out
}

fn plain(item: &Item<'_>, words: &Words) -> String {
    let version = item.version;
    let mut out = format!(
        "<div class=\"wrap\"><div class=\"news-item\">\n<div class=\"news-date\">{}</div>\n<h1>{}</h1>\n",
        times(item, words),
        escape(&version.title)
    );
    if let Some(standfirst) = &version.standfirst {
        put!(out, "<div class=\"news-lead\">{}</div>\n", escape(standfirst));
    }
    put!(out, "<div class=\"news-text\">\n{}</div>\n", blocks(version, None, ""));
    out.push_str(&correction(version, words));
    put!(
        out,
        "<div class=\"news-author\">{} {}</div>\n</div></div>\n",
        words.by,
        escape(&version.authors.join(", "))
    );
    out
}

fn rail(outlet: &Outlet, words: &Words, others: &[&Item<'_>]) -> String {
    let mut out = format!(
        "<aside class=\"rail\">\n<section class=\"related\"><h3>{} {}</h3><ul>\n",
        words.more,
        escape(&outlet.name)
    );
    let link = |other: &Item<'_>| {
        format!(
            "<li><a href=\"{}\">{}</a></li>\n",
            escape(&other.url),
            escape(&other.version.title)
        )
    };
    for other in others {
        out.push_str(&link(other));
    }
    put!(out, "</ul></section>\n<section class=\"most-read\"><h3>{}</h3><ol>\n", words.most_read);
    for other in others.iter().rev().take(3) {
        out.push_str(&link(other));
    }
    put!(
        out,
        "</ol></section>\n<form class=\"newsletter\"><label>{}</label><input type=\"email\" placeholder=\"{}\"><button>{}</button></form>\n</aside>\n",
        words.letter,
        words.address,
        words.sign_up
    );
    out
}

fn foot(outlet: &Outlet, words: &Words) -> String {
    let mut out = String::from("<footer>\n<ul>\n");
    for name in words.imprint {
        put!(out, "<li><a href=\"/{}/#\">{name}</a></li>\n", outlet.id);
    }
    put!(
        out,
        "</ul>\n<p>© 2026 {}. {}.</p>\n</footer>\n\
         <script>window.dataLayer = window.dataLayer || [];</script>\n</body>\n</html>\n",
        escape(&outlet.name),
        words.rights
    );
    out
}
