// Names and places that the theme and MyST-NB leave unfinished for screen readers and voice control.
document.addEventListener("DOMContentLoaded", () => {
  // What a button is called contains what is written on it.
  for (const named of document.querySelectorAll(".search-button-field, summary[aria-label]"))
    named.removeAttribute("aria-label");
  // Everything on the page is in a region with a name.
  const sidebar = document.querySelector("#pst-primary-sidebar");
  sidebar?.setAttribute("role", "region");
  sidebar?.setAttribute("aria-label", "The book");
  // The corner of a table with names on two sides is no name.
  for (const corner of document.querySelectorAll("th"))
    if (!corner.textContent.trim()) corner.replaceWith(document.createElement("td"));
  // Entries of a list of literature are entries of a list.
  for (const entry of document.querySelectorAll("[role=doc-biblioentry]"))
    entry.setAttribute("role", "listitem");
});
