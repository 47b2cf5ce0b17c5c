
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const size = 50;
  const columns = data.columns.map((c) => {
    let all = c.all;
    if (!all) {
      all = new Array(data.rows);
      for (let i = 0, at = 0; i < c.runs.length; i += 2) {
        all.fill(c.runs[i], at, at += c.runs[i + 1]);
      }
    }
    // Words in the order of the alphabet, so that numbers compare as they do.
    let rank = null;
    if (c.words) {
      const order = c.words.map((_, i) => i).sort((a, b) => (c.words[a] < c.words[b] ? -1 : 1));
      rank = new Array(order.length);
      order.forEach((word, i) => { rank[word] = i; });
    }
    return { name: c.name, time: c.unit === 'µs', words: c.words, all, rank };
  });
  const at = (id) => document.getElementById(id);
  const make = (name, text) => {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const number = (n) => n.toLocaleString('en-US');

  let sorted = null; // column
  let descending = false;
  let shown = null; // numbers of rows, in order
  let page = 0;
  const chosen = new Map(); // column to the word that is shown

  const cell = (c, row) => {
    const v = c.all[row];
    if (v === null) return '–';
    if (c.words) return c.words[v];
    return c.time ? (v / 1000).toFixed(2).replace('-', '−') : String(v);
  };

  const choose = () => {
    let rows = [];
    for (let i = 0; i < data.rows; i++) {
      let fits = true;
      for (const [c, word] of chosen) fits = fits && c.all[i] === word;
      if (fits) rows.push(i);
    }
    if (sorted) {
      const { all, rank } = sorted;
      const sign = descending ? -1 : 1;
      const key = rank ? (i) => rank[all[i]] : (i) => all[i];
      const there = rows.filter((i) => all[i] !== null);
      const absent = rows.filter((i) => all[i] === null); // last, however it is sorted
      there.sort((a, b) => sign * (key(a) - key(b)) || a - b);
      rows = there.concat(absent);
    }
    shown = rows;
    page = 0;
  };

  const draw = () => {
    const pages = Math.max(1, Math.ceil(shown.length / size));
    const body = document.createDocumentFragment();
    for (const row of shown.slice(page * size, (page + 1) * size)) {
      const tr = make('tr');
      for (const c of columns) {
        const td = make('td', cell(c, row));
        if (c.words) {
          td.className = 'word';
          if (c.words[c.all[row]] !== undefined && c.words[c.all[row]].length > 40) td.title = c.words[c.all[row]];
        }
        tr.append(td);
      }
      body.append(tr);
    }
    at('rows').replaceChildren(body);
    at('page').textContent = `page ${number(page + 1)} of ${number(pages)}`;
    const order = sorted ? `, sorted by ${sorted.name}, ${descending ? 'largest' : 'smallest'} first` : ', in the order of the requests';
    at('status').textContent = `${number(shown.length)} of ${number(data.rows)} samples${order}`;
    at('first').disabled = at('back').disabled = page === 0;
    at('next').disabled = at('last').disabled = page === pages - 1;
  };

  const heads = columns.map((c) => {
    const th = make('th');
    th.scope = 'col';
    if (c.words) th.className = 'word';
    const button = make('button', c.name);
    button.type = 'button';
    const arrow = make('span', '');
    arrow.setAttribute('aria-hidden', 'true');
    button.append(arrow);
    button.addEventListener('click', () => {
      descending = sorted === c && !descending;
      sorted = c;
      for (const h of heads) {
        const mine = h.c === sorted;
        h.arrow.textContent = mine ? (descending ? ' ↓' : ' ↑') : '';
        if (mine) h.th.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        else h.th.removeAttribute('aria-sort');
      }
      choose();
      draw();
    });
    th.append(button);
    at('heads').append(th);
    return { c, th, arrow };
  });

  for (const c of columns) {
    if (!c.words || c.words.length < 2 || c.words.length > 200) continue;
    const label = make('label', c.name + ' ');
    const select = make('select');
    select.append(make('option', 'all'));
    for (const word of c.words) select.append(make('option', word));
    select.addEventListener('change', () => {
      if (select.selectedIndex > 0) chosen.set(c, select.selectedIndex - 1);
      else chosen.delete(c);
      choose();
      draw();
    });
    label.append(select);
    at('filters').append(label);
  }

  const turn = (id, to) => at(id).addEventListener('click', () => {
    page = to(Math.max(1, Math.ceil(shown.length / size)));
    draw();
  });
  turn('first', () => 0);
  turn('back', () => page - 1);
  turn('next', () => page + 1);
  turn('last', (pages) => pages - 1);

  choose();
  draw();
  at('samples').hidden = false;
})();
