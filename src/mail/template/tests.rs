use super::*;
use proptest::prelude::*;

const STOP: &str = "<a href=\"{{ links.unsubscribe }}\">Stop</a>";

fn template(subject: &str, body: &str) -> Template {
    let version = Version { subject: subject.into(), body: body.into(), text: String::new() };
    Template { key: "t".into(), name: "T".into(), locale: "en".into(), versions: [("en".into(), version)].into() }
}

fn rendered(body: &str, data: &Data) -> Rendered {
    template("Hello", body).render("en", data).unwrap()
}

/// The faults of a body that shows the link to unsubscribe in its last line.
fn faults(body: &str) -> Vec<Fault> {
    template("Hello", &format!("{body}\n{STOP}")).check()
}

#[test]
fn mistakes_are_found_when_it_is_saved_with_their_line() {
    for (body, line, words) in [
        ("<p>\n{{ cart.value }", 2, "unexpected"),
        ("\n\n{% if cart %}<p>", 4, "unexpected end"),
        ("{{ cart.vlaue }}", 1, "`cart.vlaue` is undefined"),
        ("\n{{ kart.value }}", 2, "`kart` is undefined"),
        ("{{ cart.value|mony }}", 1, "mony"),
        ("{{ cart.value|money }}", 1, "missing"),
        ("{{ order.at|date(\"%é\") }}", 1, "date"),
        ("{{ now() }}", 1, "now"),
        ("{{ customer.name }}", 1, "little is known"),
        ("{{ coupon.code }}", 1, "little is known"),
        ("{{ answers.reason.choice }}", 1, "little is known"),
        ("{% include \"a\" %}", 1, "unknown statement"),
        ("{% extends \"a\" %}", 1, "unknown statement"),
        ("{% import \"a\" as b %}", 1, "unknown statement"),
        ("{{ customer.email|safe }}", 1, "safe"),
        ("{{ debug() }}", 1, "debug"),
    ] {
        let found = faults(body);
        assert_eq!(found.len(), 1, "{body}: {found:?}");
        assert_eq!(found[0].path, "versions.en.body");
        assert_eq!(found[0].line, Some(line), "{body}: {found:?}");
        assert!(found[0].message.contains(words), "{body}: {}", found[0].message);
    }
}

#[test]
fn what_may_be_missing_is_written_with_a_default_or_a_condition() {
    for body in [
        "{{ customer.name|default('there') }}",
        "{% if customer.name %}{{ customer.name }}{% endif %}",
        "{% if coupon %}{{ coupon.code }} {% if coupon.until %}{{ coupon.until|date }}{% endif %}{% endif %}",
        "{% if answers.reason and answers.reason.choice == 'shipping' %}Free{% endif %}",
        "{% for item in cart.items %}{{ item.name }} {{ item.price|money(cart.currency) }}{% endfor %}",
    ] {
        assert_eq!(faults(body), [], "{body}");
    }
}

#[test]
fn a_mail_must_show_the_way_out() {
    for (body, text, path) in [("<p>Hello</p>", "", "versions.en.body"), (STOP, "Hello", "versions.en.text")] {
        let mut template = template("Hello", body);
        template.versions.get_mut("en").unwrap().text = text.into();
        let found = template.check();
        assert_eq!((found.len(), found[0].path.as_str()), (1, path));
        assert!(found[0].message.contains("links.unsubscribe"));
    }
}

#[test]
fn subjects_and_sizes_are_checked() {
    for (subject, body, words) in [
        ("", STOP, "empty"),
        ("  ", STOP, "empty"),
        ("a\nBcc: b", STOP, "one line"),
        ("{{ customer.name }}", STOP, "little is known"),
        ("Hello", "", "empty"),
        ("Hello", &"x".repeat(MAX_SOURCE + 1), "longer than 100 KiB"),
        ("Hello", &format!("{STOP}{{% for n in range(3000) %}}{}{{% endfor %}}", "x".repeat(50)), "Gmail"),
    ] {
        let found = template(subject, body).check();
        assert!(found.len() == 1 && found[0].message.contains(words), "{subject:?}: {found:?}");
    }
    let mut missing = template("Hello", STOP);
    missing.locale = "fr".into();
    assert_eq!(missing.check()[0].path, "locale");
}

#[test]
fn endless_templates_come_to_an_end() {
    let doubling = format!("{{% set a = 'x' * 1000 %}}{}", "{% set a = a ~ a %}".repeat(40));
    for body in [
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{{ 'x' * 90000000 }}",
        "{% for n in range(9000) %}{{ shop.name * 100 }}{% endfor %}",
        doubling.as_str(),
    ] {
        let found = faults(body);
        assert_eq!(found.len(), 1, "{body}");
    }
}

#[test]
fn what_strangers_wrote_is_never_markup() {
    let mut data = Data::full();
    data.customer.name = Some("<script>alert(1)</script>&\"'".into());
    data.cart.as_mut().unwrap().items[0].url = Some("javascript:alert(1)".into());
    data.cart.as_mut().unwrap().items[0].image = Some("https://shop.example/\"onload=\"x".into());
    let item = "{% set item = cart.items[0] %}<a href=\"{{ item.url|default('#') }}\"><img src=\"{{ item.image }}\"></a>";
    for body in
        ["{{ customer.name }}", "{% autoescape false %}{{ customer.name }}{% endautoescape %}", "{{ customer.name ~ '' }}"]
    {
        let html = rendered(&format!("{body}{item}"), &data).html;
        assert!(html.starts_with("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;<a href=\"#\">"), "{html}");
        assert!(html.contains("/&quot;onload=&quot;x\""), "{html}");
    }
    // MJML is read after values were put in.
    let mjml =
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ customer.name }}</mj-text></mj-column></mj-section></mj-body></mjml>";
    let html = rendered(mjml, &data).html;
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn an_attribute_that_is_null_is_written_as_nothing() {
    let mut data = Data::full();
    data.customer.attributes.insert("size".into(), serde_json::Value::Null);
    assert_eq!(rendered("[{{ customer.attributes.size }}]", &data).html, "[]");
}

#[test]
fn money_and_dates_are_written_for_the_reader() {
    let mut all = template("Hello", "{{ cart.value|money(cart.currency) }}|{{ order.at|date }}|{{ order.at|date('%H:%M') }}");
    for locale in ["de", "en-US", "ja"] {
        all.versions.insert(locale.into(), all.versions["en"].clone());
    }
    for (wanted, html) in [
        ("en", "€59.90|24 November 2026|13:00"),
        ("en-US", "€59.90|November 24, 2026|13:00"),
        ("de_AT", "59,90\u{a0}€|24. November 2026|13:00"),
        ("ja", "€59.90|2026年11月24日|13:00"),
        ("fr", "€59.90|24 November 2026|13:00"),
    ] {
        assert_eq!(all.render(wanted, &Data::full()).unwrap().html, html, "{wanted}");
    }
}

#[test]
fn the_readers_language_is_found() {
    let mut all = template("en", STOP);
    for locale in ["de", "pt-BR", "de-AT"] {
        all.versions.insert(locale.into(), Version { subject: locale.into(), ..all.versions["en"].clone() });
    }
    for (wanted, found) in
        [("de-AT", "de-AT"), ("de-CH", "de"), ("DE", "de"), ("pt", "pt-BR"), ("pt_PT", "pt-BR"), ("fr", "en"), ("", "en")]
    {
        assert_eq!(all.render(wanted, &Data::full()).unwrap().locale, found, "{wanted}");
    }
}

#[test]
fn colours_get_an_ink_that_can_be_read() {
    for (accent, ink) in [
        ("#ffffff", "#000000"),
        ("#ffd400", "#000000"),
        ("#b1432c", "#ffffff"),
        ("#000000", "#ffffff"),
        ("red", "#ffffff"),
        ("#é", "#ffffff"),
    ] {
        let mut data = Data::full();
        data.shop.accent = accent.into();
        assert_eq!(rendered("{{ shop.accent|ink }}", &data).html, ink, "{accent}");
    }
}

#[test]
fn mjml_is_rendered_and_its_mistakes_are_shown() {
    let body = |inner: &str| {
        format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{STOP}</mj-text>{inner}</mj-column></mj-section></mj-body></mjml>"
        )
    };
    let html = rendered(&body("<mj-button href=\"{{ links.cart }}\">Back</mj-button>"), &Data::full()).html;
    assert!(
        html.contains("<table") && html.contains("href=\"https://polls.example/r/example\"") && !html.contains("<mj-"),
        "{html}"
    );
    assert!(!html.contains("fonts.googleapis.com"), "a mail fetches nothing");
    for wrong in ["<mj-buton>Back</mj-buton>", "<mj-text>", "<mj-include path=\"/etc/passwd\" />"] {
        let found = template("Hello", &body(wrong)).check();
        assert!(found.len() == 1 && found[0].message.starts_with("MJML: "), "{wrong}: {found:?}");
    }
}

proptest! {
    #[test]
    fn nothing_a_store_writes_panics(subject in ".{0,60}", body in "([{}%<>/a-z |'\"=.\n]|\\{\\{ ?|\\{% ?|for |if |mjml|set ){0,60}") {
        let template = template(&subject, &body);
        let _ = template.check();
        if let Ok(mail) = template.render("en", &Data::bare()) {
            prop_assert!(!mail.subject.contains(|c: char| c.is_control()));
        }
    }

    #[test]
    fn a_name_stays_in_its_line(name in "\\PC{0,20}[\r\n\u{85}\u{2028}]{0,3}(Bcc: a@b.c)?.{0,300}") {
        let mut data = Data::full();
        data.customer.name = Some(name);
        let subject = template("Hello {{ customer.name }}", STOP).render("en", &data).unwrap().subject;
        let broken = subject.contains(['\r', '\n', '\u{85}', '\u{2028}']);
        prop_assert!(!broken);
        prop_assert!(subject.chars().count() <= MAX_SUBJECT);
    }
}
