# Which passwords are good enough: what is wrong, and what to do.

password-hint = At least { $min } characters; a few words make a good one.
password-weak-short = Please use at least { $min } characters.
password-weak-long = Please use at most { $max } characters.
password-weak-common = Many people use this password. Choose one of your own.
password-weak-personal = This is little more than a name. Add words that have nothing to do with it.
password-weak-guessable = This is easy to guess. Add a word or two.
password-weak-breached = This password was stolen from another service. Choose another one.
