"""The sizes of the experiments on scaled-bounded activations, budget by budget."""

# Figure 7 of Murray, Abrol and Tanner (2021): SGD at 1e-4, batches of 64, 100 epochs, width 300.
PUBLISHED = dict(width=300, batch=64, learning_rate=1e-4, epochs=100)
# Few epochs need a larger rate: "learning_rates" finds none above 1e-3 at which 200 layers learn.
LAPTOP = dict(width=300, batch=64, learning_rate=1e-3, epochs=2)
STAGES = dict(epochs=5, images_per_epoch=10_000, test=5_000)  # once through the images
# Digits, so that everyone has them, and networks learn something in a minute.
QUICK = dict(data="digits", width=64, batch=32, learning_rate=3e-3, epochs=10)
LAWS = ("orthogonal", "gaussian")
DEPTHS = (20, 50, 100, 200)
