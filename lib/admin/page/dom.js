// The only way from data to the document. Names of nodes and answers of nodes may be anything, so
// text is always set as text.

const byId = (id) => document.getElementById(id);

function addTo(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'on') {
      for (const [event, handler] of Object.entries(value)) {
        element.addEventListener(event, handler);
      }
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// el('p', {class: 'muted', on: {click}}, 'text', otherElement)
const el = (tag, properties = {}, ...children) =>
  addTo(document.createElement(tag), properties, children);

const svg = (tag, properties = {}, ...children) =>
  addTo(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);

// These change the document only if something is different: most of the time nothing is.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

// For a list whose entries are text: it is built anew if one of them has changed.
function setList(list, items, make) {
  const key = JSON.stringify(items);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...items.map(make));
}
