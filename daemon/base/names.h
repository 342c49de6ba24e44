/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An enum and its names from one list, so that the two cannot differ:
 *
 *	#define COLOUR_LIST(X) X(COLOUR_RED, "red") X(COLOUR_BLUE, "blue")
 *	NAMES_ENUM(colour, COLOUR_LIST);             in the header
 *	NAMES_FUNCTION(colour, COLOUR_LIST)          in one .c file
 *
 * gives `enum colour` and `const char *colour_name(enum colour)`, which returns "?" for a value
 * that is not of the list.
 */
#ifndef CULVERT_BASE_NAMES_H
#define CULVERT_BASE_NAMES_H

#define NAMES_CONSTANT(id, text) id,
#define NAMES_CASE(id, text)                                                                       \
	case id:                                                                                   \
		return text;

#define NAMES_ENUM(type, list)                                                                     \
	enum type { list(NAMES_CONSTANT) };                                                        \
	const char *type##_name(enum type value)

#define NAMES_FUNCTION(type, list)                                                                 \
	const char *type##_name(enum type value)                                                   \
	{                                                                                          \
		switch (value) {                                                                   \
			list(NAMES_CASE)                                                           \
		}                                                                                  \
		return "?";                                                                        \
	}

#endif
