//! What the toy store sells. Slugs and prices are stable: the demo's history and surveys may refer to them.

/// A shelf of the shop.
#[derive(Debug, PartialEq, Eq)]
pub struct Category {
    /// Name in addresses.
    pub slug: &'static str,
    /// Name on screen.
    pub name: &'static str,
    /// One line under the heading.
    pub line: &'static str,
    /// The product whose picture stands for the shelf.
    pub cover: &'static str,
}

/// A toy.
#[derive(Debug)]
pub struct Product {
    /// Identity, and its name in addresses and pictures.
    pub slug: &'static str,
    /// Name on screen.
    pub name: &'static str,
    /// Euro cents, tax included.
    pub price: i64,
    /// Recommended age, such as `2+ years`.
    pub age: &'static str,
    /// Slug of its category.
    pub category: &'static str,
    /// One sentence for lists.
    pub line: &'static str,
    /// What the product page tells.
    pub story: &'static str,
    /// Longest side.
    pub size: &'static str,
    /// Woods and finish.
    pub material: &'static str,
    /// What the picture shows, for those who cannot see it.
    pub alt: &'static str,
    /// Pieces on the shelf, and so the most one order may hold.
    pub stock: u32,
    /// Background of its pictures, a class in `shop.css`.
    pub tint: &'static str,
    /// Shown among the best sellers.
    pub loved: bool,
    /// Newest first; never empty.
    pub reviews: &'static [Review],
}

/// What a customer wrote.
#[derive(Debug)]
pub struct Review {
    /// Who wrote it.
    pub name: &'static str,
    /// One to five.
    pub stars: u32,
    /// The words.
    pub text: &'static str,
}

/// All shelves, in the order of the menu.
#[rustfmt::skip] // a table, as below
pub const CATEGORIES: [Category; 4] = [
    Category { slug: "first-toys", name: "First toys", line: "For hands that have only just found each other.", cover: "mouse-rings" },
    Category { slug: "on-the-move", name: "On the move", line: "To push, to pull, to sail across the bath.", cover: "waldemar" },
    Category { slug: "building", name: "Building", line: "Towers rise, towers fall, and so begins engineering.", cover: "castle-blocks" },
    Category { slug: "pretend-play", name: "Pretend play", line: "Small kitchens, small houses, very large stories.", cover: "tea-time" },
];

impl Product {
    /// The price as the shop prints it.
    pub fn euros(&self) -> String {
        format!("€{}.{:02}", self.price / 100, self.price % 100)
    }

    /// Mean of the reviews, to one decimal.
    pub fn rating(&self) -> String {
        let sum: u32 = self.reviews.iter().map(|review| review.stars).sum();
        format!("{:.1}", f64::from(sum) / self.reviews.len() as f64)
    }
}

/// Every toy.
pub fn products() -> &'static [Product] {
    &PRODUCTS
}

/// The toy of that slug.
pub fn product(slug: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.slug == slug)
}

/// The shelf of that slug.
pub fn category(slug: &str) -> Option<&'static Category> {
    CATEGORIES.iter().find(|category| category.slug == slug)
}

/// The toys on one shelf.
pub fn in_category(slug: &str) -> impl Iterator<Item = &'static Product> {
    PRODUCTS.iter().filter(move |product| product.category == slug)
}

const fn review(name: &'static str, stars: u32, text: &'static str) -> Review {
    Review { name, stars, text }
}

#[rustfmt::skip] // a table: one field a line would hide it
static PRODUCTS: [Product; 12] = [
    Product {
        slug: "birch-express", name: "Birch Express", price: 4490, age: "2+ years", category: "on-the-move",
        line: "A steam engine and its timber wagon.",
        story: "The engine driver waves from the cab, five logs wait in the wagon, and everything comes apart and together again. The wheels run on waxed axles, so it rolls quietly over floorboards at six in the morning.",
        size: "38 cm", material: "Birch, beech and walnut, water-based paint", alt: "Red wooden steam engine pulling a wagon of logs",
        stock: 14, tint: "blush", loved: true,
        reviews: &[
            review("Katrin, Graz", 5, "Our son has put the logs to bed every night for three weeks. Solid, beautiful, no sharp corner anywhere."),
            review("Jonas, Aarhus", 5, "Bought for a nephew, kept on our own shelf for a week first."),
        ],
    },
    Product {
        slug: "waldemar", name: "Waldemar the Dachshund", price: 3290, age: "12+ months", category: "on-the-move",
        line: "Follows on his cord, wags as he goes.",
        story: "Waldemar is jointed in three places and bends around table legs as a dachshund should. His tail swings with the back wheels, his ears are soft leather, and his cord is short enough to be safe.",
        size: "31 cm", material: "Beech and oak, leather ears, cotton cord", alt: "Wooden dachshund on red wheels with a pull cord",
        stock: 9, tint: "sky", loved: true,
        reviews: &[
            review("Mireille, Lyon", 5, "She learned to walk so that she could take him out."),
            review("Tomasz, Poznań", 4, "Lovely dog. Rubber on the wheels would help on our tiles, but he is the favourite."),
        ],
    },
    Product {
        slug: "marie-sailboat", name: "Marie, a Sailboat", price: 1890, age: "3+ years", category: "on-the-move",
        line: "Floats upright, even in a storm of foam.",
        story: "A weighted keel keeps Marie upright, her sails are waxed cotton and her captain lifts out to go ashore. Let her dry in the air after the bath and she will sail for years.",
        size: "24 cm", material: "Larch and walnut, waxed cotton", alt: "Wooden sailboat with a striped sail and a small captain on deck",
        stock: 21, tint: "sage", loved: false,
        reviews: &[
            review("Ines, Porto", 5, "Survived a summer at the sea. The captain did not, but they sent us a new one."),
            review("Paul, Ghent", 4, "Really does float straight. A little smaller than I had pictured."),
        ],
    },
    Product {
        slug: "six-arch-rainbow", name: "Six-Arch Rainbow", price: 3990, age: "12+ months", category: "building",
        line: "A bridge, a cradle, a fence, a rainbow.",
        story: "Six arches cut from one single block, so that the grain runs through all of them. Two peg people and a sun come along. It is the toy that we see children return to longest.",
        size: "34 cm", material: "Lime wood, plant-based stain", alt: "Wooden rainbow of six nested arches with two peg dolls beside it",
        stock: 6, tint: "butter", loved: true,
        reviews: &[
            review("Lena, Leipzig", 5, "Two years on the living room floor and still the first thing he takes out."),
            review("Siobhán, Cork", 5, "The colours are softer and nicer than on a screen."),
            review("Marta, Turin", 4, "Arrived a day later than promised, and was worth the wait."),
        ],
    },
    Product {
        slug: "castle-blocks", name: "Castle Blocks", price: 5490, age: "18+ months", category: "building",
        line: "Thirty-two blocks for keeps and gatehouses.",
        story: "Cubes, roofs, one great arch and a queen to live behind it. Every edge is sanded by hand, every block is cut to a grid of five centimetres, so a tower stays a tower until someone decides otherwise.",
        size: "42 cm as built", material: "Beech, oak and maple, water-based paint", alt: "Castle built of coloured wooden blocks with a flag on its tower",
        stock: 11, tint: "sky", loved: true,
        reviews: &[
            review("Anneke, Utrecht", 5, "The cotton bag is a small thing that makes tidying up possible."),
            review("Rafael, Girona", 5, "Heavy, precise, beautiful. Grandfather builds more than the children."),
        ],
    },
    Product {
        slug: "balancing-moon", name: "Balancing Moon", price: 2690, age: "3+ years", category: "building",
        line: "A sleepy moon with too much to carry.",
        story: "Take turns to set tree, house, star and fox on the moon without waking it. A quiet game for two to four, and a small lesson in patience for those who play it alone.",
        size: "26 cm", material: "Maple and cherry, oil and wax", alt: "Half-moon with a sleeping face that balances a tree, a house, a star and a fox",
        stock: 3, tint: "sand", loved: false,
        reviews: &[
            review("Eva, Brno", 5, "The whole family holds its breath. The fox is the hard one."),
            review("David, Basel", 4, "A little difficult at three, perfect at four."),
        ],
    },
    Product {
        slug: "mouse-rings", name: "Mouse Stacking Rings", price: 2290, age: "10+ months", category: "first-toys",
        line: "Five rings, and a mouse who sits on top.",
        story: "Five rings to take off, to drop, to stack in every order but the right one, and at last in the right one. The mouse has no peg hole to miss: she sits wherever she is put.",
        size: "22 cm", material: "Beech, saliva-proof paint", alt: "Stack of five coloured rings with a wooden mouse head on top",
        stock: 18, tint: "sky", loved: true,
        reviews: &[
            review("Claire, Nantes", 5, "Chewed from every side and it still looks new."),
            review("Henrik, Malmö", 5, "A first birthday present that was actually played with on that day."),
        ],
    },
    Product {
        slug: "bunny-rattle", name: "Bunny Rattle", price: 1490, age: "From birth", category: "first-toys",
        line: "A ring to hold, ears to chew.",
        story: "Nine beads whisper rather than rattle, and the muslin ears come off for the wash. The ring is left raw and polished, because everything we could put on it would only be eaten.",
        size: "11 cm", material: "Raw maple, organic muslin", alt: "Wooden ring with coloured beads, a bunny face and cloth ears",
        stock: 26, tint: "sage", loved: true,
        reviews: &[
            review("Noor, Antwerp", 5, "Quiet enough for a car journey, and that alone is worth five stars."),
            review("Julia, Linz", 4, "Very pretty. Washed the ears at 40 degrees with no harm done."),
        ],
    },
    Product {
        slug: "little-xylophone", name: "Little Xylophone", price: 3490, age: "18+ months", category: "first-toys",
        line: "Seven bars, truly in tune.",
        story: "Wooden bars sound rounder than metal ones, and kinder to the neighbours. We tune each of them by hand, from C to B, and send three songs along that need no more than that.",
        size: "33 cm", material: "Ash and oak, felt dampers", alt: "Xylophone of seven coloured wooden bars with two mallets",
        stock: 8, tint: "blush", loved: false,
        reviews: &[
            review("Giulia, Bologna", 5, "I teach music and was sceptical. It is in tune."),
            review("Owen, Cardiff", 4, "Warm sound. The mallets are the part that gets lost, so a third would be nice."),
        ],
    },
    Product {
        slug: "tea-time", name: "Tea Time", price: 3690, age: "3+ years", category: "pretend-play",
        line: "A pot, a cup, a cake, and time.",
        story: "The lid lifts, the cup fits a small hand, and the cake has a slice that sticks with a magnet safely sealed inside. Tea may be imagined in any flavour, with as much sugar as one likes.",
        size: "30 cm", material: "Lime wood and oak, food-safe paint", alt: "Green wooden teapot with a daisy, a red cup and a cake on a tray",
        stock: 12, tint: "sand", loved: true,
        reviews: &[
            review("Sofia, Thessaloniki", 5, "I have been served forty cups since Sunday."),
            review("Beate, Bremen", 5, "Finely made. The daisy is painted, not printed, and one sees it."),
        ],
    },
    Product {
        slug: "harvest-crate", name: "Harvest Crate", price: 2990, age: "2+ years", category: "pretend-play",
        line: "A good day at the market, in six pieces.",
        story: "Two carrots, a leek, a tomato, an apple and an aubergine in a crate with real handles. They cut in half with a wooden knife and close again with a soft, satisfying click.",
        size: "28 cm", material: "Beech and poplar, water-based paint", alt: "Wooden crate with carrots, a leek, a tomato and other vegetables",
        stock: 16, tint: "butter", loved: false,
        reviews: &[
            review("Amélie, Namur", 5, "He now asks for leek. Real leek. Thank you."),
            review("Petra, Ljubljana", 4, "Sturdy and pretty. We would buy more vegetables if there were any."),
        ],
    },
    Product {
        slug: "fox-lane-house", name: "House in Fox Lane", price: 8900, age: "3+ years", category: "pretend-play",
        line: "Four rooms, three neighbours, a warm stove.",
        story: "Open at the front so that several can move in at once. Bed, table, stove and three peg people belong to it, and the roof lifts off to show the attic where we hid something small.",
        size: "46 cm", material: "Birch plywood and oak, water-based paint", alt: "Open doll's house with four furnished rooms and a red roof",
        stock: 4, tint: "sage", loved: true,
        reviews: &[
            review("Marieke, Groningen", 5, "An heirloom. It took me an evening to find what is in the attic."),
            review("Felix, Innsbruck", 5, "Assembled in ten minutes and stands like a rock."),
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_toy_has_a_shelf_a_picture_and_a_review() {
        let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/demo/toys");
        let mut seen = HashSet::new();
        for toy in products() {
            assert!(seen.insert(toy.slug), "{} is there twice", toy.slug);
            assert!(category(toy.category).is_some(), "{}", toy.slug);
            assert!(!toy.reviews.is_empty(), "{}", toy.slug);
            assert!(pictures.join(format!("{}.svg", toy.slug)).exists(), "{}", toy.slug);
        }
        assert!(CATEGORIES.iter().all(|shelf| product(shelf.cover).is_some()));
    }
}
