//! What a template would be given for a person of the store, to be looked at before it is used.

use super::known::{Dossier, Subject};
use super::letter;
use crate::id::CustomerId;
use crate::mail::Sender;
use crate::mail::data::{Data, Links};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, carts, customers, orders};

/// Their last cart, their last order and their answers; `None` if there is no such person. The links lead nowhere.
pub async fn example(tx: &mut Tx, sender: &Sender, site: &Site, customer: CustomerId) -> Result<Option<Data>, StoreError> {
    let Some(customer) = customers::by_id(&mut *tx, site.id, customer).await? else { return Ok(None) };
    let carts = carts::of_customer(&mut *tx, site.id, customer.id).await?;
    let orders = orders::of_customer(&mut *tx, site.id, customer.id).await?;
    let subject = Subject {
        // The one last changed comes first.
        cart: carts.into_iter().next().map(|cart| cart.token),
        order: orders.into_iter().max_by_key(|order| order.at).map(|order| order.id),
        response: None,
    };
    let known = Dossier::read(tx, &sender.keys, customer, &subject).await?;
    let links = example_links(sender, site, known.cart.is_some());
    let address = known.customer.address.as_ref().map_or("", |address| address.email.as_str());
    Ok(Some(letter::data(site, &known, address, links, None)))
}

/// The made-up person with the store's own name, address and colours. `bare`: of whom next to nothing is known.
pub fn made_up(sender: &Sender, site: &Site, bare: bool) -> Data {
    let data = if bare { Data::bare() } else { Data::full() };
    let Links { survey, survey_question, survey_answers, survey_scale, .. } = data.links;
    let links = Links { survey, survey_question, survey_answers, survey_scale, ..example_links(sender, site, true) };
    Data { shop: letter::shop(site), links, ..data }
}

fn example_links(sender: &Sender, site: &Site, cart: bool) -> Links {
    let link = |path: &str| {
        let mut url = sender.public_url.clone();
        url.set_path(path);
        String::from(url)
    };
    Links {
        shop: letter::home_of(sender, site),
        unsubscribe: link("/u/example"),
        preferences: Some(link("/p/example")),
        cart: cart.then(|| link("/r/example")),
        ..Links::default()
    }
}
