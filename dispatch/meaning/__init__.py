"""What people's words mean, as a trained model says it: labels, how sure, and the words that decided.

    model = Model.read(bytes)
    model.rank("楼下的井盖不见了", limit=3)

Training needs libraries that only whoever trains has (services/classifier); asking a model needs none of them.
"""

from dispatch.meaning.grams import BLOCKS, block_of, grams_of
from dispatch.meaning.model import BadModel, Meaning, Model

__all__ = ["BLOCKS", "BadModel", "Meaning", "Model", "block_of", "grams_of"]
