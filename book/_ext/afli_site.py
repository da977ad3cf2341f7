"""The site's own address, derived from that of the repository, and what depends on it.

_config.yml names the repository. A project page of GitHub Pages has an address that follows from
it; another one, a domain of one's own, is set as `html: baseurl` in _config.yml.
"""

import html
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

TITLE = "AFLI: activation functions and initialisation"
SUMMARY = (
    "A course, as executable notebooks: how the activation function and the initialisation decide, "
    "before any training, whether a deep network can learn."
)
SOCIAL_ALT = (
    "Phase diagram of a deep tanh network: bias variance against weight variance. A curve, the "
    "edge of chaos, parts the settings that make inputs equal from those that tear them apart."
)


def address(repository):
    """Where GitHub Pages serves a repository of github.com, with a slash at the end."""
    owner, name = urlsplit(repository).path.strip("/").split("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def set_address(app, config):
    """Tell the extensions that need it the address of the site."""
    if not config.html_baseurl:
        config.html_baseurl = address(config.html_theme_options["repository_url"])
    config.ogp_site_url = config.html_baseurl
    config.ogp_site_name = TITLE
    config.ogp_image_alt = SOCIAL_ALT


def write_root_files(app, exception):
    """Write robots.txt and two pages without a theme.

    The one at the bare address forwards, and says what is there. The other one, 404.html, is what a
    host shows at an address without a page: at any depth, so its links need a base.
    """
    if exception or app.builder.format != "html":
        return
    base, out = app.config.html_baseurl, Path(app.outdir)
    robots = f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n"
    (out / "robots.txt").write_text(robots, encoding="utf-8")
    said = {
        "og:title": TITLE,
        "og:description": SUMMARY,
        "og:type": "website",
        "og:url": base,
        "og:image": f"{base}{app.config.ogp_image}",
        "og:image:alt": SOCIAL_ALT,
    }
    tags = [f'<meta property="{key}" content="{html.escape(text)}">' for key, text in said.items()]
    template = Path(app.srcdir, app.config.rediraffe_template).read_text(encoding="utf-8")
    page = jinja2.Template(template).render(
        rel_url=f"{app.config.root_doc}.html", previews="\n    ".join(tags)
    )
    (out / "index.html").write_text(page, encoding="utf-8")
    template = Path(app.srcdir, "book/_templates/404.html").read_text(encoding="utf-8")
    page = jinja2.Template(template).render(
        title=TITLE, base=urlsplit(base).path, first=app.config.root_doc
    )
    (out / "404.html").write_text(page, encoding="utf-8")


def setup(app):
    """Register the hooks; at priority 500 another extension writes an index.html of its own."""
    app.connect("config-inited", set_address)
    app.connect("build-finished", write_root_files, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
