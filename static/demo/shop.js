// The usual queue stub: whichever of the two scripts comes first, no call is lost.
window.exitpoll ||= function () { (exitpoll.q = exitpoll.q || []).push(arguments); };

(() => {
  const CURRENCY = 'EUR', DELIVERY = 490, FREE_FROM = 5000;
  const money = new Intl.NumberFormat('en-IE', { style: 'currency', currency: CURRENCY });
  const eur = (cents) => money.format(cents / 100);
  const $ = (selector, root = document) => root.querySelector(selector);
  const put = (selector, text, root) => { $(selector, root).textContent = text; };
  const art = (id) => `/static/demo/toys/${id}.svg`;
  const announce = (text) => put('[data-said]', text);

  const read = (key) => { try { return JSON.parse(localStorage.getItem(`toyshop.${key}`)); } catch { return null; } };
  // A full or forbidden storage must not stop anybody from shopping on this page.
  const write = (key, value) => { try { localStorage.setItem(`toyshop.${key}`, JSON.stringify(value)); } catch { /* see above */ } };
  const token = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');

  // ---- Cart

  const stored = () => {
    const kept = read('cart');
    return kept && kept.token && Array.isArray(kept.items) ? kept : { token: token(), items: [] };
  };
  let cart = stored();
  const goods = (items) => items.reduce((sum, item) => sum + item.price * item.quantity, 0);
  const wanted = ({ id, name, quantity, price }) => ({ id, name, quantity, price });

  function sums(items, coupon) {
    const value = goods(items);
    const delivery = value >= FREE_FROM || coupon ? 0 : DELIVERY;
    return { value, delivery, total: value + delivery };
  }

  // The address rebuilds the cart, so that a link in a mail works in any browser.
  function address() {
    const items = cart.items.map((item) => `${item.id}.${item.quantity}`).join('_');
    return `${location.origin}/demo/cart?${new URLSearchParams({ token: cart.token, items })}`;
  }

  function report() {
    exitpoll('cart', {
      token: cart.token, value: goods(cart.items), currency: CURRENCY,
      items: cart.items.map(wanted), checkout_url: address(),
    });
  }

  function count() {
    put('[data-count]', cart.items.reduce((sum, item) => sum + item.quantity, 0));
  }

  function changed() {
    write('cart', cart);
    count();
    report();
  }

  const within = (quantity, stock) => Math.max(1, Math.min(Math.trunc(quantity) || 1, stock));

  function putIn(product, quantity) {
    const item = cart.items.find((other) => other.id === product.id);
    if (item) item.quantity = within(item.quantity + quantity, product.stock);
    else cart.items.push({ ...product, quantity: within(quantity, product.stock) });
  }

  function product(data) {
    return { id: data.id, name: data.name, price: Number(data.price), stock: Number(data.stock) };
  }

  function restore() {
    const query = new URLSearchParams(location.search);
    if (query.has('items') && !cart.items.length) {
      const shelf = new Map([...$('#catalog').content.children].map((data) =>
        [data.value, product({ id: data.value, ...data.dataset })]));
      for (const [id, quantity] of query.get('items').split('_').map((part) => part.split('.'))) {
        if (shelf.has(id)) putIn(shelf.get(id), Number(quantity));
      }
      if (/^[0-9a-f]{24}$/.test(query.get('token'))) cart.token = query.get('token');
      if (cart.items.length) changed();
    }
    // Other parameters stay: campaigns are measured by them.
    query.delete('items');
    query.delete('token');
    history.replaceState(null, '', location.pathname + (query.size ? `?${query}` : '') + location.hash);
  }

  // ---- Parts of pages

  function showSums(root, { value, delivery, total }) {
    put('[data-subtotal]', eur(value), root);
    put('[data-shipping]', delivery ? eur(delivery) : 'Free', root);
    put('[data-total]', eur(total), root);
  }

  function showBrief(root, items) {
    $('[data-brief]', root).replaceChildren(...items.map((item) => {
      const row = document.createElement('li');
      const name = document.createElement('span'), price = document.createElement('span');
      name.textContent = `${item.quantity} × ${item.name}`;
      price.textContent = eur(item.price * item.quantity);
      row.append(name, price);
      return row;
    }));
  }

  function reveal(root, filled) {
    $('[data-filled]', root).hidden = !filled;
    $('[data-empty]', root).hidden = filled;
  }

  // ---- Pages

  function productPage(form) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const toy = product(form.dataset), before = cart.items.find((item) => item.id === toy.id)?.quantity || 0;
      putIn(toy, form.quantity.valueAsNumber);
      const added = cart.items.find((item) => item.id === toy.id).quantity - before;
      if (!added) return announce('Every one we have is in your cart already.');
      changed();
      announce(`${added} × ${toy.name} added. `);
      const link = document.createElement('a');
      link.href = '/demo/cart';
      link.textContent = 'Go to the cart';
      $('[data-said]').append(link);
    });
  }

  function cartPage(root) {
    const lines = $('[data-lines]', root);

    function totals() {
      const all = sums(cart.items);
      reveal(root, cart.items.length > 0);
      showSums(root, all);
      put('[data-hint]', all.delivery ? `${eur(FREE_FROM - all.value)} more and delivery is free.` : 'Delivery is on us.', root);
    }

    function line(item) {
      const row = $('#line').content.cloneNode(true).firstElementChild;
      const input = $('input', row);
      row.querySelectorAll('[data-link]').forEach((link) => { link.href = `/demo/p/${item.id}`; });
      $('img', row).src = art(item.id);
      put('[data-name]', item.name, row);
      put('[data-each]', eur(item.price), row);
      put('[data-label]', `Quantity of ${item.name}`, row);
      put('[data-remove]', ` ${item.name}`, row);
      put('[data-sum]', eur(item.price * item.quantity), row);
      input.max = item.stock;
      input.value = item.quantity;
      input.addEventListener('change', () => {
        const quantity = within(input.valueAsNumber, item.stock);
        input.value = quantity;
        if (quantity === item.quantity) return;
        item.quantity = quantity;
        put('[data-sum]', eur(item.price * quantity), row);
        changed();
        totals();
        announce(`${item.name}: ${quantity}. Subtotal ${eur(goods(cart.items))}.`);
      });
      $('.remove', row).addEventListener('click', () => {
        cart.items = cart.items.filter((other) => other !== item);
        row.remove();
        changed();
        totals();
        announce(`${item.name} removed.`);
        // The focused button is gone: without this, keyboard users start over at the top.
        $('#main').focus({ preventScroll: true });
      });
      return row;
    }

    restore();
    lines.replaceChildren(...cart.items.map(line));
    totals();
  }

  function checkoutPage(root) {
    const form = $('form', root), fields = form.elements;
    let told = '';

    function identify() {
      if (!fields.email.value || !fields.email.validity.valid) return;
      const name = fields.name.value.trim();
      const person = { email: fields.email.value.trim(), ...(name && { name }), consent: { marketing: fields.marketing.checked } };
      if (JSON.stringify(person) === told) return;
      told = JSON.stringify(person);
      exitpoll('identify', person);
    }

    const coupon = () => fields.coupon.value.trim().toUpperCase();
    function totals() {
      showSums(root, sums(cart.items, coupon()));
      put('[data-code]', coupon() ? `${coupon()}: delivery is on us.` : '', root);
    }

    reveal(root, cart.items.length > 0);
    showBrief(root, cart.items);
    totals();
    fields.coupon.addEventListener('input', totals);
    // As soon as it is typed: whoever leaves now is the one to write to.
    for (const name of ['email', 'name', 'marketing']) fields[name].addEventListener('change', identify);

    form.addEventListener('submit', (event) => {
      event.preventDefault();
      identify();
      const email = fields.email.value.trim(), known = read('customers') || [];
      const { value, delivery, total } = sums(cart.items, coupon());
      write('order', {
        id: `HM-${Date.now().toString(36).toUpperCase()}`, name: fields.name.value.trim(), delivery, subtotal: value, reported: false,
        facts: {
          value: total, currency: CURRENCY, items: cart.items.map(wanted), email,
          new_customer: !known.includes(email.toLowerCase()), cart_token: cart.token, ...(coupon() && { coupon: coupon() }),
        },
      });
      write('customers', [...new Set([...known, email.toLowerCase()])]);
      write('cart', null);
      location.href = '/demo/order/thanks';
    });
  }

  function thanksPage(root) {
    const order = read('order');
    reveal(root, Boolean(order));
    if (!order) return;
    put('[data-number]', order.id, root);
    put('[data-who]', order.name ? `, ${order.name.split(' ')[0]}` : '', root);
    put('[data-email]', order.facts.email, root);
    showBrief(root, order.facts.items);
    showSums(root, { value: order.subtotal, delivery: order.delivery, total: order.facts.value });
    if (!order.reported) {
      exitpoll('order', { id: order.id, ...order.facts });
      write('order', { ...order, reported: true });
    }
  }

  const pages = { '[data-add]': productPage, '[data-cart]': cartPage, '[data-checkout]': checkoutPage, '[data-thanks]': thanksPage };
  for (const [selector, page] of Object.entries(pages)) {
    const root = $(selector);
    if (root) page(root);
  }
  count();

  $('[data-ask]').addEventListener('click', () => exitpoll('show', 'toy-talk'));

  // Another tab, or the back button, may have changed the cart since.
  const refresh = () => {
    cart = stored();
    count();
    if ($('[data-cart]')) cartPage($('[data-cart]'));
  };
  addEventListener('storage', (event) => { if (event.key === 'toyshop.cart') refresh(); });
  addEventListener('pageshow', (event) => { if (event.persisted) refresh(); });
})();
