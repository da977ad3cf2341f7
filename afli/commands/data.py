"""`python -m afli data`: which images are there, and how to get CIFAR-10."""

SUMMARY = "show which images are there, or download CIFAR-10"
DESCRIPTION = """\
Show which images the experiments will use, or download CIFAR-10 (170 MB) from its home page into
the cache folder, or into the folder that the environment variable AFLI_DATA names."""
EPILOG = """\
examples:
  python -m afli data
  python -m afli data cifar10
  python -m afli data shapeset --seed 1 --count 900"""


def add_arguments(parser):
    """Declare the arguments of `data`."""
    parser.description, parser.epilog = DESCRIPTION, EPILOG
    add = parser.add_argument
    text = "what to download (cifar10) or to count (shapeset); without it, list what is there"
    add("dataset", nargs="?", choices=("cifar10", "shapeset"), help=text)
    add("--again", action="store_true", help="download even if files are there, and replace them")
    add("--seed", type=int, default=0, metavar="N", help="of shapeset (default: %(default)s)")
    text = "images of shapeset to count (default: %(default)s)"
    add("--count", type=int, default=10_000, metavar="N", help=text)


def run(arguments):
    """List the data sets, download CIFAR-10, or count the classes of Shapeset-3x2."""
    if arguments.again and arguments.dataset != "cifar10":
        raise ValueError("--again goes with cifar10")
    {None: _list, "cifar10": _cifar10, "shapeset": _shapeset}[arguments.dataset](arguments)


def _list(_):
    from ..lab import cifar10

    place = cifar10.folder()
    if place.is_dir():
        _describe(place)
        print("Shapeset-3x2 is generated. Experiments use CIFAR-10.")
    else:
        print(f"CIFAR-10 is not in {place}; download it (170 MB) with: {cifar10.GET}")
        print("Shapeset-3x2 is generated. Experiments use it until CIFAR-10 is there.")


def _cifar10(arguments):
    from ..lab import cifar10
    from ..lab.download import download_cifar10

    place = cifar10.folder()
    there = place.is_dir() and not arguments.again
    download_cifar10(again=arguments.again)
    print("Already there and intact." if there else "Downloaded and checked.")
    if not _describe(place).official:
        print(f"To replace it with the official files: {cifar10.MEND.split(': ')[1]}")


def _describe(place):
    """Say what the files of CIFAR-10 are."""
    from ..lab import cifar10

    files = cifar10.read(place, 0, 0)
    state = "official" if files.official else "unofficial"
    train, test = (len(names) * cifar10.RECORDS for names in cifar10.FILES.values())
    print(f"{files.name}, {state}, fingerprint {files.fingerprint}, in {place}")
    print(f"  {train} training and {test} test images, 3 x 32 x 32, {len(cifar10.CLASSES)} classes")
    return files


def _shapeset(arguments):
    import numpy as np

    from ..lab import shapeset

    _, labels = shapeset.generate(arguments.count, seed=arguments.seed)
    print(f"Shapeset-3x2, the first {arguments.count} training images of seed {arguments.seed}:")
    for name, number in zip(shapeset.CLASSES, np.bincount(labels, minlength=9), strict=True):
        print(f"  {name:<29}  {number:>6}")
